"""Changing what a feature is: no flag serves another value by it, and the past stays readable."""

import pytest

from server.audit.models import AuditRecord
from server.features.models import Option
from server.features.options import NewOption
from server.projects.models import Environment, Versioning
from server.versioning.feature_changes import OptionChange
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, World, options_by_key, points
from tests.rows import unchanged
from tests.versioning.features import edit, option_rows, redefine, use
from tests.versioning.flags import served
from tests.versioning.statements import statements


def test_texts_and_value_change_and_no_flag_serves_anything_else(world: World) -> None:
    feature = world.feature()
    flag = world.flag(feature)

    edit(world, feature, description="What it is", server_only=True, value="white")

    feature.refresh_from_db()
    assert (feature.description, feature.server_only, feature.default_value) == ("What it is", True, "white")
    assert served(flag) == {"default": (True, "grey", {})}
    assert world.flag(feature).live_version_id == flag.live_version_id


def test_options_are_added_changed_and_removed_at_once(world: World) -> None:
    feature = world.feature(options=("blue", "red", "pink"))
    options = options_by_key(feature)

    edit(
        world,
        feature,
        remove_options=[options["red"].pk],
        update_options=[OptionChange(options["blue"].pk, key="navy", value="n", default_allocation=points(60))],
        add_options=[NewOption("cyan", "c", points(40)), NewOption("teal", "t", points(0))],
    )

    assert option_rows(feature) == [
        ("navy", "n", 6000),
        ("pink", "pink", 0),
        ("cyan", "c", 4000),
        ("teal", "t", 0),
    ]
    assert Option.objects.get(pk=options["red"].pk).removed_at == NOW


@pytest.mark.parametrize("gone", ["blue", "red"])
def test_the_key_of_a_removed_option_is_free_for_another_one(world: World, gone: str) -> None:
    feature = world.feature()
    options = options_by_key(feature)
    other = options["red" if gone == "blue" else "blue"]

    edit(world, feature, remove_options=[options[gone].pk], **redefine(other, key=gone))

    assert option_rows(feature) == [(gone, other.value, 0)]


def test_the_key_of_a_removed_option_is_free_for_a_new_one(world: World) -> None:
    feature = world.feature()

    edit(
        world,
        feature,
        remove_options=[options_by_key(feature)["blue"].pk],
        add_options=[NewOption("blue", "other", points(0))],
    )

    assert option_rows(feature) == [("red", "red", 0), ("blue", "other", 0)]


def test_it_is_recorded_with_the_ids_of_new_options_and_raises_every_revision(world: World) -> None:
    feature = world.feature(key="colour", options=())
    staging = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V1, author=world.author, now=NOW
    )
    before = [Environment.objects.get(pk=pk).revision for pk in (world.environment.pk, staging.pk)]

    edit(world, feature, archived=True, add_options=[NewOption("blue", "b", points(1))])

    row = AuditRecord.objects.first()
    assert row is not None
    facts = {
        "key": "colour",
        "description": "",
        "valueType": "STRING",
        "value": "grey",
        "serverOnly": False,
        "archived": False,
        "options": [],
    }
    blue = {"id": feature.options.get().pk, "key": "blue", "value": "b", "basisPoints": 100}
    assert (row.action, row.object_type, row.object_id) == ("feature.update", "Feature", feature.pk)
    assert (row.before, row.after) == (facts, facts | {"archived": True, "options": [blue]})
    after = [Environment.objects.get(pk=pk).revision for pk in (world.environment.pk, staging.pk)]
    assert after == [revision + 1 for revision in before]


def test_a_feature_is_archived_once_and_taken_out_again(world: World) -> None:
    feature = world.feature()

    assert edit(world, feature, archived=True).archived_at == NOW
    with unchanged():
        edit(world, feature, archived=True)
    assert edit(world, feature, archived=False).archived_at is None


def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]

    with unchanged():
        edit(world, feature)
        edit(world, feature, description="", server_only=False, archived=False, value="grey")
        edit(world, feature, value_type="STRING", **redefine(blue, key="blue", value="blue"))


def test_true_is_not_one(world: World) -> None:
    feature = world.feature(value_type="JSON", value=1, options=("blue",))
    blue = options_by_key(feature)["blue"]
    edit(world, feature, **redefine(blue, value=0))

    edit(world, feature, value=True)
    edit(world, feature, **redefine(blue, value=False))

    feature.refresh_from_db()
    assert feature.default_value is True
    assert feature.options.get().value is False


def test_an_option_that_nobody_was_dealt_is_redefined(world: World) -> None:
    feature = world.feature()
    use(world, feature, "red")

    edit(world, feature, **redefine(options_by_key(feature)["blue"], key="navy", value="n"))

    assert option_rows(feature) == [("navy", "n", 0), ("red", "red", 0)]


def test_the_type_changes_where_every_value_that_stays_fits(world: World) -> None:
    feature = world.feature(value_type="JSON", value="grey")
    blue, red = options_by_key(feature).values()

    edit(world, feature, value_type="STRING", **redefine(blue, value="b"))

    feature.refresh_from_db()
    assert (feature.value_type, option_rows(feature)) == ("STRING", [("blue", "b", 0), ("red", "red", 0)])
    assert red.value == "red"


def test_it_takes_as_many_statements_for_many_options_as_for_one(world: World) -> None:
    def of_all(count: int) -> int:
        feature = world.feature(options=[f"{part}{n}" for part in ("gone", "new") for n in range(count)])
        options = options_by_key(feature)
        return statements(
            lambda: edit(
                world,
                feature,
                remove_options=[options[f"gone{n}"].pk for n in range(count)],
                update_options=[OptionChange(options[f"new{n}"].pk, value="x") for n in range(count)],
                add_options=[NewOption(f"added{n}", "x", points(1)) for n in range(count)],
            )
        )

    assert of_all(30) == of_all(1) == 15
