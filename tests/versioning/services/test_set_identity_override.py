"""Forcing a value on one targeting key: what is written, and what is refused."""

from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.audit.models import AuditRecord
from server.errors import InvalidInput, NotFound
from server.features.holds import LockedByExperiment
from server.features.models import Forbids
from server.projects.models import Environment, Versioning
from server.unset import UNSET
from server.versioning import identities
from server.versioning.identities import ForcedValue
from server.versioning.models import MAX_TARGETING_KEY, IdentityOverride
from server.versioning.services import set_identity_override as service
from tests.factories import NOW, SYSTEM, World, new_author, new_world, options_by_key
from tests.features.holds import HOLDER, hold
from tests.races import race
from tests.rows import unchanged
from tests.versioning.flags import in_both_modes, problems_of, served
from tests.versioning.identities import UNIT, force, forced
from tests.versioning.statements import statements


@in_both_modes
def test_an_option_or_a_value_is_forced_and_replaced(world: World) -> None:
    feature = world.feature()
    blue = options_by_key(feature)["blue"]

    force(world, feature, option=blue)
    force(world, feature, "white", key="user-2", enabled=False)
    before = forced(world, feature)
    force(world, feature, "black")
    force(world, feature, option=blue, key="user-2")

    assert before == {"user-1": (True, "blue", None), "user-2": (False, None, "white")}
    assert forced(world, feature) == {"user-1": (True, None, "black"), "user-2": (True, "blue", None)}


@in_both_modes
def test_it_counts_as_an_edit_and_makes_no_version(world: World) -> None:
    feature = world.feature()
    flag, revision = world.flag(feature), Environment.objects.get(pk=world.environment.pk).revision
    serves = served(flag)

    force(world, feature, "white")

    after = world.flag(feature)
    assert (after.version, after.live_version_id) == (flag.version + 1, flag.live_version_id)
    assert flag.versions.count() == 1
    assert served(after) == serves
    assert Environment.objects.get(pk=world.environment.pk).revision == revision + 1


def test_it_is_recorded_with_the_flag_as_its_object(world: World) -> None:
    feature = world.feature(key="colour")
    blue = options_by_key(feature)["blue"]

    force(world, feature, option=blue)
    force(world, feature, "white", enabled=False)

    second, first = AuditRecord.objects.order_by("-id")[:2]
    was = {"targetingKey": UNIT, "enabled": True, "option": {"id": blue.pk, "key": "blue"}, "value": None}
    told = {(row.action, row.object_type, row.object_id, row.object_name) for row in (first, second)}
    assert told == {("flag.set_identity_override", "Flag", world.flag(feature).pk, "colour")}
    assert (first.before, first.after) == (None, was)
    assert (second.before, second.after) == (was, was | {"enabled": False, "option": None, "value": "white"})
    assert second.environment_id == world.environment.pk


def test_an_edit_that_changes_nothing_writes_nothing(world: World) -> None:
    feature = world.feature(value_type="FLOAT", value=1, options=())
    force(world, feature, 2)
    force(world, feature, 3, key="user-2", enabled=False)

    with unchanged():
        force(world, feature, 2)
        force(world, feature, 2.0)
        force(world, feature, 3, key="user-2", enabled=False)


def test_true_is_not_one_and_a_float_is_kept_as_one(world: World) -> None:
    anything = world.feature(value_type="JSON", value={}, options=())
    number = world.feature(value_type="FLOAT", value=1, options=())

    force(world, anything, 1)
    force(world, anything, True)
    force(world, number, 2)

    assert forced(world, anything)[UNIT][2] is True
    assert repr(forced(world, number)[UNIT][2]) == "2.0"


def test_it_says_who_changed_it_last_and_when_it_was_there_first(world: World) -> None:
    feature = world.feature()
    force(world, feature, "white")

    force(world, feature, "black", author=SYSTEM)

    row = IdentityOverride.objects.get()
    assert (row.author_kind, row.author_id, row.author_name) == ("SYSTEM", None, "tests")
    assert (row.created_at, row.updated_at) == (NOW, NOW)


@pytest.mark.parametrize(
    ("key", "value", "problems"),
    [
        ("", "white", [(("input", "targetingKey"), "BLANK")]),
        (" \t", "white", [(("input", "targetingKey"), "BLANK")]),
        ("x" * (MAX_TARGETING_KEY + 1), "white", [(("input", "targetingKey"), "TOO_LONG")]),
        ("a\0b", "white", [(("input", "targetingKey"), "BAD_TEXT")]),
        ("\ud800", "white", [(("input", "targetingKey"), "BAD_TEXT")]),
        (UNIT, 5, [(("input", "value"), "WRONG_TYPE")]),
        (UNIT, None, [(("input", "value"), "NULL")]),
        ("", 5, [(("input", "targetingKey"), "BLANK"), (("input", "value"), "WRONG_TYPE")]),
    ],
)
def test_a_key_or_a_value_that_is_none_is_refused(
    world: World, key: str, value: Any, problems: list[tuple[tuple[str, ...], str]]
) -> None:
    feature = world.feature()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        force(world, feature, value, key=key)

    assert problems_of(refused) == problems


def test_the_longest_key_is_taken(world: World) -> None:
    feature = world.feature()

    force(world, feature, "white", key="ü" * MAX_TARGETING_KEY)

    assert list(forced(world, feature)) == ["ü" * MAX_TARGETING_KEY]


def test_neither_nothing_nor_both_can_be_forced(world: World) -> None:
    feature = world.feature()
    both = {"value": "white", "option": options_by_key(feature)["blue"]}
    also = (
        "Give an option or a value also where enabled is false: the unit is served the feature's default value, and "
        "what you give as soon as it is enabled."
    )

    for given, message in (
        ({}, "Give an option or a value."),
        ({"enabled": False}, also),
        (both, "Give either an option or a value, and not both."),
        (both | {"enabled": False}, "Give either an option or a value, and not both."),
    ):
        with unchanged(), pytest.raises(InvalidInput) as refused:
            force(world, feature, **given)
        assert problems_of(refused) == [(("input",), "NOT_EXACTLY_ONE")]
        assert refused.value.message == message


def test_an_option_of_another_feature_or_one_that_is_gone_is_unknown(world: World) -> None:
    feature, other = world.feature(), world.feature()
    gone = options_by_key(feature)["red"]
    gone.removed_at = NOW
    gone.save()

    for option in (gone, options_by_key(other)["blue"], options_by_key(new_world().feature())["blue"]):
        with unchanged(), pytest.raises(InvalidInput) as refused:
            force(world, feature, option=option)
        assert problems_of(refused) == [(("input", "optionId"), "UNKNOWN_OPTION")]


def test_a_flag_forces_values_on_so_many_keys_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert identities.MAX_IDENTITY_OVERRIDES == 1_000
    monkeypatch.setattr(service, "MAX_IDENTITY_OVERRIDES", 2)
    feature = world.feature()
    for key in ("user-1", "user-2"):
        force(world, feature, "white", key=key)
        force(world, world.feature(), "white", key=key)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        force(world, feature, "white", key="user-3")
    force(world, feature, "black", key="user-2")

    assert problems_of(refused) == [(("input",), "TOO_MANY")]
    assert forced(world, feature)["user-2"] == (True, None, "black")


def test_nobody_below_an_editor_forces_anything_and_strangers_find_nothing(world: World) -> None:
    feature, stranger = world.feature(), new_world().author
    viewer = new_author(world.organisation, Role.VIEWER)

    with unchanged(), pytest.raises(MissingRole):
        force(world, feature, 5, key="", author=viewer)
    with unchanged(), pytest.raises(NotFound):
        force(world, feature, 5, key="", author=stranger)


def test_a_feature_of_another_project_is_told_with_all_else_that_is_wrong(world: World) -> None:
    elsewhere = world.with_project().feature()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        force(world, elsewhere, 5, key="")

    assert problems_of(refused) == [
        (("input", "featureId"), "WRONG_PROJECT"),
        (("input", "targetingKey"), "BLANK"),
        (("input", "value"), "WRONG_TYPE"),
    ]


@in_both_modes
def test_while_an_experiment_runs_no_unit_is_taken_away_from_it(world: World) -> None:
    feature = world.feature()
    force(world, feature, "white")
    hold(feature, world.environment, Forbids.AHEAD, world.segment())

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        force(world, feature, "white", key="user-2")
    force(world, feature, "black", enabled=False)

    assert (refused.value.code, refused.value.holder) == ("LOCKED_BY_EXPERIMENT", HOLDER)
    assert refused.value.message == (
        "The experiment “Checkout” is running: a new forced value would take its unit away from it."
    )
    assert refused.value.allowed == ("pauseExperiment first",)
    assert forced(world, feature) == {UNIT: (False, None, "black")}


def test_other_holds_and_those_of_other_flags_do_not_matter(world: World) -> None:
    feature, other = world.feature(), world.feature()
    elsewhere = world.with_environment(Versioning.V1)
    for forbids in (Forbids.OVERRIDE, Forbids.RULES, Forbids.REMOVAL):
        hold(feature, world.environment, forbids, world.segment())
    hold(feature, world.environment, Forbids.FEATURE)
    hold(other, world.environment, Forbids.AHEAD, world.segment())
    hold(feature, elsewhere.environment, Forbids.AHEAD, world.segment())

    force(world, feature, "white")

    assert forced(world, feature) == {UNIT: (True, None, "white")}
    assert forced(elsewhere, feature) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_force_values_at_once_neither_is_lost() -> None:
    world = new_world()
    feature = world.feature()

    race(*[lambda n=n: force(world, feature, f"value {n}", key=f"user-{n % 2}") for n in range(4)])

    assert sorted(forced(world, feature)) == ["user-0", "user-1"]
    assert world.flag(feature).version == 5
    assert AuditRecord.objects.filter(action="flag.set_identity_override").count() == 4


def test_it_takes_as_many_statements_however_much_there_is(world: World) -> None:
    counts = []
    for size in (1, 20):
        feature = world.feature(options=[f"o{n}" for n in range(size)])
        for n in range(size):
            force(world, feature, "white", key=f"another-{n}")
        counts.append(statements(lambda feature=feature: force(world, feature, "white")))  # type: ignore[misc]

    assert len(set(counts)) == 1
    assert counts[0] <= 15


def test_the_mark_of_what_is_left_out_is_no_value() -> None:
    assert ForcedValue() == ForcedValue(UNSET, UNSET, True)
