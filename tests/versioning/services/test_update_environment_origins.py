"""The allowed origins of an environment: set as a whole, and noticed by those who serve its flags."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput
from server.projects.models import Environment, Versioning
from server.versioning.services.update_environment import update_environment
from tests.factories import NOW, World, new_author
from tests.rows import unchanged
from tests.versioning.flags import problems_of

SHOP, APP = "https://shop.example", "http://localhost:3000"


def edit(world: World, **fields: Any) -> Environment:
    request = {"author": world.author, **fields}
    return update_environment(environment_id=world.environment.pk, now=NOW, **request)


def stored(world: World) -> tuple[list[str], int]:
    environment = Environment.objects.get(pk=world.environment.pk)
    return environment.allowed_origins, environment.revision


def test_they_are_set_as_a_whole_and_the_revision_grows(world: World) -> None:
    assert stored(world) == ([], 1)

    answered = [edit(world, allowed_origins=origins) for origins in ([SHOP, APP], ["*"], [])]

    assert [(row.allowed_origins, row.revision) for row in answered[-1:]] == [([], 4)]
    assert stored(world) == ([], 4)
    edit(world, allowed_origins=(SHOP, APP))
    assert stored(world) == ([SHOP, APP], 5)


def test_an_edit_that_leaves_them_out_keeps_them(world: World) -> None:
    edit(world, allowed_origins=[SHOP])

    edit(world, versioning=Versioning.V1)

    assert stored(world) == ([SHOP], 2)


def test_the_log_tells_them(world: World) -> None:
    edit(world, allowed_origins=[SHOP])

    row = AuditRecord.objects.first()
    assert row is not None
    assert row.action == "environment.update"
    assert row.before == {"name": "production", "versioning": "V2", "allowedOrigins": [], "recordExposures": False}
    assert row.after == {**row.before, "allowedOrigins": [SHOP]}


def test_the_ones_that_it_has_are_accepted_and_write_nothing(world: World) -> None:
    edit(world, allowed_origins=[SHOP, APP])

    with unchanged():
        edit(world, allowed_origins=[SHOP, APP])


def test_all_that_is_wrong_is_told_at_once_with_its_place(world: World) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, name=" ", allowed_origins=[SHOP, "https://shop.example/", SHOP])

    assert problems_of(refused) == [
        (("input", "name"), "BLANK"),
        (("input", "allowedOrigins", 1), "NOT_AN_ORIGIN"),
        (("input", "allowedOrigins", 2), "DUPLICATE_ORIGIN"),
    ]


def test_only_who_administers_the_environment_may(world: World) -> None:
    editor = new_author(world.organisation, Role.EDITOR)

    with unchanged(), pytest.raises(MissingRole):
        edit(world, allowed_origins=["no origin"], author=editor)
