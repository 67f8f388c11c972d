"""A new environment: every feature of the project has a flag there from the first moment."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.evaluation.percentages import BasisPoints
from server.features.models import Feature
from server.features.options import NewOption
from server.projects.models import Environment, Versioning
from server.projects.names import NameTaken
from server.versioning.models import Cause, Flag, Lineage
from server.versioning.services.create_environment import create_environment
from server.versioning.services.create_feature import NewFeature, create_feature
from tests.factories import NOW, World, new_author, new_world
from tests.rows import unchanged
from tests.versioning.flags import change, live_version, problems_of, served, update
from tests.versioning.statements import statements

both = pytest.mark.parametrize("versioning", list(Versioning))


def create(
    world: World, name: Any = "staging", versioning: Versioning = Versioning.V2, author: Any = None
) -> Environment:
    return create_environment(
        project_id=world.project.pk, name=name, versioning=versioning, author=author or world.author, now=NOW
    )


def split_feature(world: World) -> Feature:
    """A feature that deals 30 % to blue and 12.34 % to red wherever it is new."""
    request = NewFeature(
        project_id=world.project.pk,
        key="split",
        value_type="STRING",
        value="grey",
        options=[NewOption("blue", "b", BasisPoints(3000)), NewOption("red", "r", BasisPoints(1234))],
    )
    return create_feature(request=request, author=world.author, now=NOW)


@both
def test_every_feature_starts_with_its_value_and_default_allocations(world: World, versioning: Versioning) -> None:
    split, plain = split_feature(world), world.feature(value="white")
    split.options.create(key="gone", value="x", default_allocation=500, removed_at=NOW)
    update(world, plain, default=change("changed", enabled=False))

    environment = create(world, versioning=versioning)

    flags = {flag.feature_id: flag for flag in Flag.objects.filter(environment=environment)}
    assert flags.keys() == {split.pk, plain.pk}
    assert served(flags[split.pk]) == {"default": (True, "grey", {"blue": 3000, "red": 1234})}
    assert served(flags[plain.pk]) == {"default": (True, "white", {})}
    for flag in flags.values():
        live = live_version(flag)
        assert (flag.version, live.number, live.based_on_id, live.live_from) == (1, 1, None, NOW)
        assert live.sealed_at == (NOW if versioning == Versioning.V2 else None)
        assert (live.cause, live.author_id) == (Cause.FEATURE_CREATED, world.author.id)
    salts = Lineage.objects.filter(flag__in=flags.values()).values_list("salt", flat=True)
    assert len(set(salts)) == 2


def test_it_takes_as_many_statements_for_thirty_features_as_for_one(world: World) -> None:
    split_feature(world)
    for_one = statements(lambda: create(world, "one"))
    for _ in range(29):
        world.feature()

    assert statements(lambda: create(world, "thirty")) == for_one == 16


def test_a_project_without_features_has_an_empty_environment(world: World) -> None:
    assert not Flag.objects.filter(environment=create(world)).exists()


def test_it_is_recorded(world: World) -> None:
    environment = create(world)

    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id) == (
        "environment.create",
        "Environment",
        environment.pk,
    )
    assert (row.project_id, row.environment_id) == (world.project.pk, environment.pk)
    assert (row.before, row.after) == (
        None,
        {"name": "staging", "versioning": "V2", "recordExposures": False},
    )


def test_a_name_in_use_is_refused_whatever_its_case(world: World) -> None:
    world.feature()

    with unchanged(), pytest.raises(NameTaken) as refused:
        create(world, "PRODUCTION")

    assert (refused.value.code, refused.value.what) == ("NAME_TAKEN", "environment")
    assert refused.value.message.startswith("There is an environment called “")


@pytest.mark.parametrize(
    ("name", "code"), [("", "BLANK"), ("x" * 201, "TOO_LONG"), ("\ud800", "BAD_TEXT"), (None, "WRONG_TYPE")]
)
def test_a_bad_name_is_refused(world: World, name: Any, code: str) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, name)

    assert problems_of(refused) == [(("input", "name"), code)]


def test_who_may(world: World) -> None:
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    editor = new_author(world.organisation, Role.EDITOR)
    admin = new_author(world.organisation, Role.ADMIN, project_id=world.project.pk)
    stranger = new_author(new_world().organisation)

    for author in (inside, editor):
        with unchanged(), pytest.raises(MissingRole):
            create(world, "", author=author)
    with unchanged(), pytest.raises(NotFound, match=r"no project .*\(projectId\)"):
        create(world, "", author=stranger)
    assert create(world, author=admin).name == "staging"
