"""Which version an edit writes into: the one decision in which the two modes differ."""

import pytest

from server.accounts.authored import author_columns
from server.projects.models import Versioning
from server.versioning.change_sets import AtPriority
from server.versioning.models import Cause, FlagVersion
from tests.factories import NOW, World, new_author, shares
from tests.versioning.flags import (
    change,
    in_both_modes,
    live_version,
    override,
    served,
    served_by,
    state_rows,
    update,
)

in_v1 = pytest.mark.parametrize("world", [Versioning.V1], indirect=True)


def test_under_v2_a_change_is_a_new_sealed_version(world: World) -> None:
    feature = world.feature()
    flag = world.flag(feature)
    first = live_version(flag)

    update(world, feature, default=change("green"), author=(other := new_author(world.organisation)))

    live = live_version(flag)
    assert (live.number, live.based_on_id, live.sealed_at, live.live_from) == (2, first.pk, NOW, NOW)
    assert (live.cause, live.author_kind, live.author_id) == (Cause.FLAG_UPDATED, "USER", other.id)
    assert live.author_name == other.name
    assert list(flag.versions.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_under_v2_versions_share_the_states_that_a_change_left_alone(world: World) -> None:
    feature, one, two = world.feature(), world.segment("one"), world.segment("two")
    flag = update(world, feature, override(one, "1"), override(two, "2"))
    before = state_rows(live_version(flag))

    update(world, feature, override(two, "2", place=AtPriority(1)), override(one, "changed"))

    after = state_rows(live_version(flag))
    assert list(after) == ["two", "one", "default"]
    assert {name for name in after if after[name] != before[name]} == {"one"}


def test_under_v2_every_version_is_read_with_its_states(world: World) -> None:
    feature, segment = world.feature(), world.segment("beta")
    flag = update(world, feature, override(segment, "pink", shares=shares(feature, {"red": 50})))
    update(world, feature, default=change("green", enabled=False))

    assert [served_by(version) for version in flag.versions.order_by("number")] == [
        {"default": (True, "grey", {})},
        {"beta": (True, "pink", {"red": 5000}), "default": (True, "grey", {})},
        {"beta": (True, "pink", {"red": 5000}), "default": (False, "green", {})},
    ]


@in_v1
def test_under_v1_a_change_is_written_into_the_live_version(world: World) -> None:
    feature, segment = world.feature(), world.segment("beta")
    flag = world.flag(feature)
    version = FlagVersion.objects.filter(flag=flag).values().get()

    update(world, feature, override(segment, "pink"), default=change("green"))
    update(world, feature, default=change("blue"))

    edited = {"cause": "FLAG_UPDATED", "live_from": NOW, **author_columns(world.author)}
    assert FlagVersion.objects.filter(flag=flag).values().get() == version | edited
    assert (version["number"], version["sealed_at"]) == (1, None)
    assert served(flag) == {"beta": (True, "pink", {}), "default": (True, "blue", {})}
    assert served_by(live_version(flag)) == served(flag)


@in_both_modes
def test_the_count_of_edits_grows_in_both_modes_alike(world: World) -> None:
    feature = world.feature()

    counts = [update(world, feature, default=change(value)).version for value in ("a", "b", "b", "c")]

    assert counts == [2, 3, 3, 4]
    assert world.flag(feature).version == 4
