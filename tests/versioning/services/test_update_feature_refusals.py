"""What a change of a feature is refused for, in which order, and that nothing is written then."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import InvalidInput, NotFound, Reference
from server.features.holds import LockedByExperiment
from server.features.models import Forbids
from server.features.options import MAX_OPTIONS, NewOption
from server.features.refusals import OptionInUse
from server.versioning.feature_changes import OptionChange
from server.versioning.models import Allocation
from tests.factories import NOW, World, new_author, new_world, options_by_key, points, shares
from tests.features.holds import HOLDER, hold
from tests.rows import unchanged
from tests.versioning.features import edit, option_rows, redefine, use
from tests.versioning.flags import change, in_both_modes, override, problems_of, update


@pytest.mark.parametrize("order", [("blue", "red"), ("red", "blue")])
def test_two_options_do_not_exchange_keys_in_one_change(world: World, order: tuple[str, str]) -> None:
    feature = world.feature()
    options = options_by_key(feature)
    new_keys = {"blue": "red", "red": "other"}

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, feature, update_options=[OptionChange(options[key].pk, key=new_keys[key]) for key in order])

    at = order.index("blue")
    assert problems_of(refused) == [(("input", "updateOptions", at, "key"), "DUPLICATE_OPTION")]


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
        assert refused.value.collides_with == Reference("MultivariateOption", red.pk, "red")
        assert refused.value.allowed == (
            "updateFeature with addOptions for another one, and removeOptions when no flag uses this one",
        )
    edit(world, feature, **redefine(red, default_allocation=points(5)))
    edit(world, feature, remove_options=[red.pk])

    assert option_rows(feature) == [("blue", "blue", 0)]
    assert Allocation.objects.get(option=red).share == 1000


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
