"""Creating environment keys: shown once, by who administers the environment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from server.accounts.keys import digest_of
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind
from server.projects.services.create_environment_key import CreatedEnvironmentKey, create_environment_key
from tests.factories import NOW, World, new_author, new_world
from tests.rows import unchanged

BOTH_KINDS = pytest.mark.parametrize("kind", EnvironmentKeyKind)


def create(world: World, **fields: Any) -> CreatedEnvironmentKey:
    request = {"name": "Web shop", "kind": EnvironmentKeyKind.SERVER, "author": world.author, **fields}
    return create_environment_key(environment_id=world.environment.pk, now=NOW, **request)


@BOTH_KINDS
def test_a_key_is_kept_as_a_digest_with_what_it_is_for(world: World, kind: EnvironmentKeyKind) -> None:
    tomorrow = NOW + timedelta(days=1)

    created = create(world, kind=kind, expires_at=tomorrow)

    key = EnvironmentKey.objects.get()
    assert created.environment_key == key
    assert (key.environment, key.name, key.kind) == (world.environment, "Web shop", kind)
    assert (key.created_at, key.expires_at, key.revoked_at) == (NOW, tomorrow, None)
    assert (key.author_kind, key.author_id, key.author_name) == ("USER", world.author.id, world.author.name)
    assert (key.prefix, key.digest) == (created.key[4:12], digest_of(created.key))


def test_it_is_in_the_log(world: World) -> None:
    key = create(world).environment_key

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "environment_key.create",
        "EnvironmentKey",
        key.pk,
        "Web shop",
    )
    assert (row.project_id, row.environment_id) == (world.project.pk, world.environment.pk)
    assert row.before is None
    assert row.after == {
        "name": "Web shop",
        "kind": "SERVER",
        "prefix": key.prefix,
        "expiresAt": None,
        "revokedAt": None,
    }


def test_neither_the_log_nor_what_is_printed_holds_the_key(world: World) -> None:
    created = create(world)

    logged = str(list(AuditRecord.objects.values()))
    assert created.key not in logged + repr(created)
    assert created.environment_key.digest not in logged


def test_the_revision_of_its_environment_grows_and_of_no_other(world: World) -> None:
    before = dict(Environment.objects.values_list("pk", "revision"))
    elsewhere = new_world()

    create(world)

    after = dict(Environment.objects.values_list("pk", "revision"))
    assert after == {**before, world.environment.pk: before[world.environment.pk] + 1, elsewhere.environment.pk: 1}


def test_names_may_be_alike(world: World) -> None:
    assert create(world).key != create(world).key


def test_all_that_is_wrong_with_the_input_is_told_at_once(world: World) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, name=" ", expires_at=NOW)

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [
        (("input", "name"), "BLANK"),
        (("input", "expiresAt"), "IN_THE_PAST"),
    ]


def test_who_may(world: World) -> None:
    staging = world.with_environment(world.environment.versioning)  # type: ignore[arg-type]
    place = {"project_id": world.project.pk, "environment_id": world.environment.pk}
    next_door = {"project_id": world.project.pk, "environment_id": staging.environment.pk}
    editor = new_author(world.organisation, Role.EDITOR)
    strangers = [new_author(world.organisation, Role.OWNER, **next_door), new_world().author]
    admin = new_author(world.organisation, Role.ADMIN, **place)

    with unchanged(), pytest.raises(MissingRole):
        create(world, name="", author=editor)
    for author in strangers:
        with unchanged(), pytest.raises(NotFound, match=r"no environment .*\(environmentId\)"):
            create(world, name="", author=author)
    assert create(world, author=admin).environment_key.environment == world.environment


def test_the_database_knows_two_kinds_and_every_digest_once(world: World) -> None:
    create(world)
    first, second = EnvironmentKey.objects.get(), create(world).environment_key

    for change in ({"kind": "OTHER"}, {"digest": first.digest}):
        with unchanged(), pytest.raises(IntegrityError), transaction.atomic():
            EnvironmentKey.objects.filter(pk=second.pk).update(**change)
