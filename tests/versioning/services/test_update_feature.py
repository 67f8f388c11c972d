"""Changing what a feature is: no flag serves another value by it, and the past stays readable."""

from typing import Any

import pytest

from server.accounts.authors import Author
from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound, Reference
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Forbids, Option
from server.features.options import MAX_OPTIONS, NewOption
from server.features.refusals import OptionInUse
from server.projects.models import Environment, Versioning
from server.versioning.feature_changes import FeatureChange, OptionChange
from server.versioning.models import Allocation
from server.versioning.services.create_environment import create_environment
from server.versioning.services.update_feature import update_feature
from tests.factories import NOW, World, new_author, new_world, options_by_key, points, shares
from tests.features.holds import HOLDER, hold
from tests.rows import unchanged
from tests.versioning.flags import change, in_both_modes, override, problems_of, served, update
from tests.versioning.statements import statements


def edit(world: World, feature: Feature, author: Author | None = None, **fields: Any) -> Feature:
    return update_feature(feature_id=feature.pk, change=FeatureChange(**fields), author=author or world.author, now=NOW)


def redefine(option: Option, **fields: Any) -> dict[str, Any]:
    return {"update_options": [OptionChange(option.pk, **fields)]}


def use(world: World, feature: Feature, key: str) -> None:
    """Let a flag deal units to the option, in an override."""
    update(world, feature, override(world.segment("beta"), shares=shares(feature, {key: 10})))


def option_rows(feature: Feature) -> list[tuple[str, Any, int]]:
    rows = feature.options.filter(removed_at=None).order_by("pk")
    return list(rows.values_list("key", "value", "default_allocation"))


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


@pytest.mark.parametrize("order", [("blue", "red"), ("red", "blue")])
def test_two_options_do_not_exchange_keys_in_one_change(world: World, order: tuple[str, str]) -> None:
    feature = world.feature()
    options = options_by_key(feature)
    new_keys = {"blue": "red", "red": "other"}

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, feature, update_options=[OptionChange(options[key].pk, key=new_keys[key]) for key in order])

    at = order.index("blue")
    assert problems_of(refused) == [(("input", "updateOptions", at, "key"), "DUPLICATE_OPTION")]


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


@in_both_modes
def test_an_option_that_a_flag_serves_is_not_removed(world: World) -> None:
    feature = world.feature(key="colour", options=("blue", "red", "pink"))
    use(world, feature, "red")
    options = options_by_key(feature)

    with unchanged(), pytest.raises(OptionInUse, match="production") as refused:
        edit(world, feature, remove_options=[option.pk for option in options.values()])

    assert (refused.value.code, refused.value.option_key) == ("OPTION_IN_USE", "red")
    assert refused.value.collides_with == Reference("Flag", world.flag(feature).pk, "colour")
    assert refused.value.allowed == ("updateFlag", "updateExperimentRollout")


@in_both_modes
def test_an_option_that_only_the_past_serves_is_removed_but_not_redefined(world: World) -> None:
    feature = world.feature(key="colour")
    update(world, feature, default=change(shares=shares(feature, {"red": 10})))
    update(world, feature, default=change(shares=shares(feature, {"red": 0})))
    red = options_by_key(feature)["red"]

    for fields in ({"key": "ruby"}, {"value": "r"}):
        with unchanged(), pytest.raises(OptionInUse) as refused:
            edit(world, feature, **redefine(red, **fields))
        assert refused.value.option_key == "red"
        assert refused.value.collides_with == Reference("Option", red.pk, "red")
        assert refused.value.allowed == ("add another option, and remove this one when no flag uses it",)
    edit(world, feature, **redefine(red, default_allocation=points(5)))
    edit(world, feature, remove_options=[red.pk])

    assert option_rows(feature) == [("blue", "blue", 0)]
    assert Allocation.objects.get(option=red).share == 1000


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


def test_values_that_do_not_fit_the_new_type_are_all_told(world: World) -> None:
    feature = world.feature()
    update(world, feature, override(world.segment(), "5"))
    blue, red = options_by_key(feature).values()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(
            world,
            feature,
            value_type="INTEGER",
            value="1",
            remove_options=[red.pk],
            **redefine(blue, value="2"),
            add_options=[NewOption("pink", "3", points(0))],
        )

    assert problems_of(refused) == [
        (("input", "value"), "WRONG_TYPE"),
        (("input", "valueType"), "WRONG_TYPE"),
        (("input", "updateOptions", 0, "value"), "WRONG_TYPE"),
        (("input", "addOptions", 0, "value"), "WRONG_TYPE"),
    ]
    assert "environment “production”" in refused.value.problems[1].message


def test_a_value_that_stays_does_not_fit_the_new_type(world: World) -> None:
    feature = world.feature(value_type="JSON", value=1, options=("blue",))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, feature, value_type="INTEGER")

    assert problems_of(refused) == [(("input", "valueType"), "WRONG_TYPE")]
    assert "the option “blue”" in refused.value.problems[0].message


def test_every_problem_is_told_at_once(world: World) -> None:
    feature = world.feature()
    blue, red = options_by_key(feature).values()
    foreign = options_by_key(world.feature())["blue"]

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(
            world,
            feature,
            description="x" * 2001,
            value=None,
            remove_options=[foreign.pk, 0],
            update_options=[
                OptionChange(blue.pk, key="control", value=1, default_allocation=points(60)),
                OptionChange(blue.pk, key="navy"),
                OptionChange(red.pk, key="blue"),
                OptionChange(foreign.pk, key="x"),
            ],
            add_options=[
                NewOption("red", "r", points(0)),
                NewOption("", "x", points(0)),
                NewOption("control", "x", points(0)),
            ],
        )

    assert problems_of(refused) == [
        (("input", "description"), "TOO_LONG"),
        (("input", "removeOptions", 0), "UNKNOWN_OPTION"),
        (("input", "removeOptions", 1), "UNKNOWN_OPTION"),
        (("input", "value"), "NULL"),
        (("input", "updateOptions", 0, "value"), "WRONG_TYPE"),
        (("input", "updateOptions", 0, "key"), "RESERVED"),
        (("input", "updateOptions", 1, "optionId"), "DUPLICATE_OPTION"),
        (("input", "updateOptions", 2, "key"), "DUPLICATE_OPTION"),
        (("input", "updateOptions", 3, "optionId"), "UNKNOWN_OPTION"),
        (("input", "addOptions", 0, "key"), "DUPLICATE_OPTION"),
        (("input", "addOptions", 1, "key"), "BLANK"),
        (("input", "addOptions", 2, "key"), "RESERVED"),
    ]


def test_an_option_that_goes_takes_no_other_change(world: World) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, feature, remove_options=[blue.pk, blue.pk], **redefine(blue, value="b"))

    assert problems_of(refused) == [
        (("input", "removeOptions", 1), "UNKNOWN_OPTION"),
        (("input", "updateOptions", 0, "optionId"), "UNKNOWN_OPTION"),
    ]


def test_shares_and_options_have_a_limit(world: World) -> None:
    feature = world.feature()
    blue, red = options_by_key(feature).values()
    too_many = [NewOption(f"o{n}", "x", points(0)) for n in range(MAX_OPTIONS - 1)]

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(
            world,
            feature,
            update_options=[
                OptionChange(blue.pk, default_allocation=points(60)),
                OptionChange(red.pk, default_allocation=points(40.01)),
            ],
            add_options=too_many,
        )

    assert problems_of(refused) == [
        (("input", "addOptions"), "TOO_MANY"),
        (("input", "updateOptions"), "OVER_ALLOCATED"),
    ]
    edit(world, feature, add_options=too_many[1:])
    assert len(option_rows(feature)) == MAX_OPTIONS


def test_what_an_experiment_stands_on_is_locked_and_the_rest_is_free(world: World) -> None:
    feature = world.feature(value_type="JSON", value="grey")
    blue = options_by_key(feature)["blue"]
    hold(feature, world.environment, Forbids.FEATURE)
    forbidden: list[dict[str, Any]] = [
        {"archived": True},
        {"value_type": "STRING"},
        {"add_options": [NewOption("pink", "p", points(0))]},
        {"remove_options": [blue.pk]},
        redefine(blue, key="navy"),
        redefine(blue, value="b"),
        redefine(blue, default_allocation=points(1)),
    ]

    for fields in forbidden:
        with unchanged(), pytest.raises(LockedByExperiment) as refused:
            edit(world, feature, **fields)
        assert (refused.value.code, refused.value.forbids) == ("LOCKED_BY_EXPERIMENT", Forbids.FEATURE)
        assert refused.value.holder == HOLDER
        assert refused.value.allowed == ("completeExperiment first",)
    assert edit(world, feature, description="free", server_only=True, value=[1]).default_value == [1]
    with unchanged(), pytest.raises(InvalidInput):
        edit(world, feature, archived=True, value=None)


def test_a_hold_on_another_feature_binds_nobody_here(world: World) -> None:
    hold(world.feature(), world.environment, Forbids.FEATURE)

    assert edit(world, world.feature(), archived=True).archived_at == NOW


def test_who_may(world: World) -> None:
    feature = world.feature()
    inside = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=world.environment.pk
    )
    viewer, stranger = new_author(world.organisation, Role.VIEWER), new_author(new_world().organisation)
    editor = new_author(world.organisation, Role.EDITOR, project_id=world.project.pk)

    for author in (inside, viewer):
        with unchanged(), pytest.raises(MissingRole):
            edit(world, feature, author, value=None)
    with unchanged(), pytest.raises(NotFound, match=r"no feature .*\(featureId\)"):
        edit(world, feature, stranger, value=None)
    assert edit(world, feature, editor, value="white").default_value == "white"


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

    assert of_all(30) == of_all(1) == 14
