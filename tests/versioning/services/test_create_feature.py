"""A new feature: in every environment of its project it serves its value at once."""

from dataclasses import replace
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.features.models import Feature
from server.features.options import MAX_OPTIONS, NewOption
from server.features.refusals import FeatureKeyTaken
from server.projects.models import Environment, Versioning
from server.versioning.models import Cause, Flag, Lineage
from server.versioning.services.create_environment import create_environment
from server.versioning.services.create_feature import NewFeature, create_feature
from tests.factories import NOW, World, new_author, new_world, points
from tests.rows import unchanged
from tests.versioning.flags import live_version, problems_of, served
from tests.versioning.statements import statements


def request_for(world: World, **fields: Any) -> NewFeature:
    request = NewFeature(project_id=world.project.pk, key="colour", value_type="STRING", value="grey")
    return replace(request, **fields)


def create(world: World, author: Any = None, **fields: Any) -> Feature:
    return create_feature(request=request_for(world, **fields), author=author or world.author, now=NOW)


def option(key: Any = "blue", value: Any = "b", share: float = 0) -> NewOption:
    return NewOption(key, value, points(share))


def add_environment(world: World, name: str, versioning: Versioning) -> Environment:
    return create_environment(
        project_id=world.project.pk, name=name, versioning=versioning, author=world.author, now=NOW
    )


def test_it_has_a_flag_in_every_environment_by_its_mode(world: World) -> None:
    staging = add_environment(world, "staging", Versioning.V1)

    feature = create(world, options=[option("blue", "b", 25.5), option("red", "r", 0)])

    flags = {flag.environment_id: flag for flag in Flag.objects.filter(feature=feature)}
    assert flags.keys() == {world.environment.pk, staging.pk}
    for environment_id, sealed_at in ((world.environment.pk, NOW), (staging.pk, None)):
        flag, live = flags[environment_id], live_version(flags[environment_id])
        assert served(flag) == {"default": (True, "grey", {"blue": 2550})}
        assert (flag.version, live.number, live.sealed_at, live.based_on_id) == (1, 1, sealed_at, None)
        assert (live.cause, live.author_id, live.live_from) == (
            Cause.FEATURE_CREATED,
            world.author.id,
            NOW,
        )
    salts = Lineage.objects.filter(flag__feature=feature).values_list("salt", flat=True)
    assert [len(salt) for salt in set(salts)] == [22, 22]


def test_it_is_kept_and_recorded_as_asked_for(world: World) -> None:
    feature = create(world, description="What it is", server_only=True, options=[option("blue", "b", 10)])

    feature.refresh_from_db()
    assert (feature.key, feature.description, feature.value_type, feature.default_value) == (
        "colour",
        "What it is",
        "STRING",
        "grey",
    )
    assert (feature.server_only, feature.archived_at, feature.created_at) == (True, None, NOW)
    row = AuditRecord.objects.first()
    assert row is not None
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "feature.create",
        "Feature",
        feature.pk,
        "colour",
    )
    assert (row.project_id, row.environment_id, row.before) == (world.project.pk, None, None)
    assert row.after == {
        "key": "colour",
        "description": "What it is",
        "valueType": "STRING",
        "value": "grey",
        "serverOnly": True,
        "archived": False,
        "options": [{"id": feature.options.get().pk, "key": "blue", "value": "b", "basisPoints": 1000}],
    }


def test_every_environment_has_a_new_revision(world: World) -> None:
    other = add_environment(world, "staging", Versioning.V2)
    foreign = new_world().environment

    create(world)

    revisions = Environment.objects.in_bulk([world.environment.pk, other.pk, foreign.pk])
    assert [revisions[pk].revision for pk in (world.environment.pk, other.pk, foreign.pk)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("value_type", "value", "stored"),
    [
        ("BOOLEAN", False, False),
        ("STRING", "", ""),
        ("INTEGER", -(2**53) + 1, -(2**53) + 1),
        ("FLOAT", 20, 20.0),
        ("FLOAT", -0.0, 0.0),
        ("FLOAT", 1e-7, 1e-7),
        ("FLOAT", 2.0**53 - 1, 2.0**53 - 1),
        ("JSON", {"a": [1, None, True]}, {"a": [1, None, True]}),
    ],
)
def test_values_of_every_type_are_served_as_they_are(world: World, value_type: str, value: Any, stored: Any) -> None:
    feature = create(world, value_type=value_type, value=value, options=[option("same", value)])

    default = served(world.flag(feature))["default"][1]
    kept = feature.options.get().value
    assert (default, type(default), kept, type(kept)) == (stored, type(stored), stored, type(stored))


def test_a_project_without_environments_takes_features(world: World) -> None:
    world.project.environments.all().delete()

    assert not Flag.objects.filter(feature=create(world)).exists()


def test_it_takes_as_many_statements_for_many_options_and_environments(world: World) -> None:
    for_few = statements(lambda: create(world, key="few", options=[option("blue", "b", 1)]))
    for n in range(5):
        add_environment(world, f"environment {n}", Versioning.V1)
    many = [option(f"o{n}", "x", 1) for n in range(MAX_OPTIONS)]

    assert statements(lambda: create(world, key="many", options=many)) == for_few == 18


def test_every_problem_is_told_at_once(world: World) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(
            world,
            key="1st",
            description="x" * 2001,
            value=None,
            options=[
                option("control", 1, 60),
                option("blue", None, 60),
                option("blue", "b"),
                option("", "\0"),
                option("a b", "x"),
            ],
        )

    assert problems_of(refused) == [
        (("input", "key"), "BAD_KEY"),
        (("input", "description"), "TOO_LONG"),
        (("input", "value"), "NULL"),
        (("input", "options", 0, "key"), "RESERVED"),
        (("input", "options", 0, "value"), "WRONG_TYPE"),
        (("input", "options", 1, "value"), "NULL"),
        (("input", "options", 2, "key"), "DUPLICATE_OPTION"),
        (("input", "options", 3, "key"), "BLANK"),
        (("input", "options", 3, "value"), "BAD_TEXT"),
        (("input", "options", 4, "key"), "BAD_KEY"),
        (("input", "options"), "OVER_ALLOCATED"),
    ]


def test_it_has_at_most_a_hundred_options(world: World) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, options=[option(f"o{n}") for n in range(MAX_OPTIONS + 1)])

    assert problems_of(refused) == [(("input", "options"), "TOO_MANY")]


def test_shares_come_to_a_hundred_percent_and_no_more(world: World) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        create(world, options=[option("a", "a", 50), option("b", "b", 50.01)])

    assert problems_of(refused) == [(("input", "options"), "OVER_ALLOCATED")]
    whole = [option("a", "a", 50), option("b", "b", 50)]
    assert served(world.flag(create(world, options=whole)))["default"][2] == {"a": 5000, "b": 5000}


def test_a_key_in_use_is_refused_in_its_project_only(world: World) -> None:
    create(world)

    with unchanged(), pytest.raises(FeatureKeyTaken) as refused:
        create(world)

    assert (refused.value.code, refused.value.key) == ("KEY_TAKEN", "colour")
    assert create(world, key="Colour").key == "Colour"
    assert create(new_world()).key == "colour"


def test_who_may(world: World) -> None:
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    viewer = new_author(world.organisation, Role.VIEWER)
    editor = new_author(world.organisation, Role.EDITOR, project_id=world.project.pk)
    stranger = new_author(new_world().organisation)

    for author in (inside, viewer):
        with unchanged(), pytest.raises(MissingRole):
            create(world, author, key="")
    with unchanged(), pytest.raises(NotFound, match=r"no project .*\(projectId\)"):
        create(world, stranger, key="")
    assert create(world, editor).key == "colour"
