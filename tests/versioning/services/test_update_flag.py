"""What a change set makes of a flag, in both modes."""

import pytest

from server.audit.models import AuditRecord
from server.errors import Reference
from server.features.models import Segment
from server.projects.models import Environment
from server.versioning.change_sets import After, AtPriority, Before, Place
from server.versioning.locks import VersionMoved
from server.versioning.models import Flag, Lineage
from tests.factories import World, options_by_key, shares
from tests.rows import unchanged
from tests.versioning.flags import change, in_both_modes, override, removal, served, update

pytestmark = in_both_modes


def revision(world: World) -> int:
    return Environment.objects.get(pk=world.environment.pk).revision


def three_overrides(world: World) -> tuple[Flag, dict[str, Segment]]:
    """A flag with overrides for the segments a, b and c, in this order."""
    segments = {name: world.segment(name) for name in "abc"}
    flag = update(world, world.feature(), *(override(segment, name) for name, segment in segments.items()))
    return flag, segments


def order(flag: Flag) -> str:
    return "".join(served(flag))[: -len("default")]


def test_the_default_changes_and_what_is_left_out_stays(world: World) -> None:
    feature = world.feature()

    flag = update(world, feature, default=change("green"))

    assert served(flag) == {"default": (True, "green", {})}
    assert served(update(world, feature, default=change(enabled=False))) == {"default": (False, "green", {})}
    assert served(update(world, feature, default=change(shares=shares(feature, {"blue": 12.34})))) == {
        "default": (False, "green", {"blue": 1234})
    }


def test_shares_are_upserted_and_nothing_removes_one(world: World) -> None:
    feature = world.feature()
    update(world, feature, default=change(shares=shares(feature, {"blue": 60, "red": 40})))

    flag = update(world, feature, default=change(shares=shares(feature, {"blue": 33.33})))

    assert served(flag) == {"default": (True, "grey", {"blue": 3333, "red": 4000})}
    flag = update(world, feature, default=change(shares=shares(feature, {"blue": 0, "red": 100})))
    assert served(flag) == {"default": (True, "grey", {"red": 10_000})}


def test_a_new_override_starts_with_the_default_value_of_the_same_change_and_no_shares(world: World) -> None:
    feature, segment = world.feature(), world.segment("beta")
    split = shares(feature, {"blue": 50})

    flag = update(world, feature, override(segment), default=change("green", enabled=False, shares=split))

    assert served(flag) == {"beta": (True, "green", {}), "default": (False, "green", {"blue": 5000})}


def test_an_override_is_added_changed_and_removed(world: World) -> None:
    feature, segment = world.feature(), world.segment("beta")

    flag = update(world, feature, override(segment, "pink", enabled=False, shares=shares(feature, {"red": 10})))

    assert served(flag) == {"beta": (False, "pink", {"red": 1000}), "default": (True, "grey", {})}
    update(world, feature, override(segment, enabled=True, shares=shares(feature, {"blue": 20})))
    assert served(flag)["beta"] == (True, "pink", {"blue": 2000, "red": 1000})
    update(world, feature, removal(segment))
    assert served(flag) == {"default": (True, "grey", {})}


def test_default_and_overrides_change_together(world: World) -> None:
    flag, segments = three_overrides(world)
    new = world.segment("d")

    update(
        world,
        flag.feature,
        removal(segments["a"]),
        override(segments["b"], "B"),
        override(new, "D"),
        default=change("green"),
    )

    assert served(flag) == {
        "b": (True, "B", {}),
        "c": (True, "c", {}),
        "d": (True, "D", {}),
        "default": (True, "green", {}),
    }
    assert flag.version == 2
    assert Flag.objects.get(pk=flag.pk).version == 3


@pytest.mark.parametrize(
    ("moved", "place", "expected"),
    [
        ("c", Before(1), "cab"),
        ("c", Before(2), "acb"),
        ("a", After(2), "bac"),
        ("a", After(3), "bca"),
        ("c", AtPriority(1), "cab"),
        ("a", AtPriority(3), "bca"),
        ("a", AtPriority(2), "bac"),
        ("b", AtPriority(2), "abc"),
        ("b", None, "abc"),
        ("new", None, "abcd"),
        ("new", AtPriority(1), "dabc"),
        ("new", AtPriority(4), "abcd"),
        ("new", Before(3), "abdc"),
        ("new", After(1), "adbc"),
    ],
)
def test_an_override_is_placed(world: World, moved: str, place: Place | None, expected: str) -> None:
    flag, segments = three_overrides(world)
    segment = world.segment("d") if moved == "new" else segments[moved]
    if isinstance(place, Before | After):
        place = type(place)(segments["abc"[place.segment_id - 1]].pk)

    update(world, flag.feature, override(segment, "moved", place=place))

    assert order(flag) == expected
    assert served(flag)[segment.name] == (True, "moved", {})


def test_overrides_are_reordered_in_one_change(world: World) -> None:
    flag, segments = three_overrides(world)

    update(
        world,
        flag.feature,
        *(override(segments[name], place=AtPriority(at)) for at, name in enumerate("cba", start=1)),
    )

    assert order(flag) == "cba"


def test_the_change_is_recorded_with_whole_states_and_raises_the_revision(world: World) -> None:
    feature, segment = world.feature(key="colour"), world.segment("beta")
    blue = options_by_key(feature)["blue"]
    before = revision(world)

    flag = update(world, feature, override(segment, "pink", shares=shares(feature, {"blue": 25})))

    row = AuditRecord.objects.first()
    assert row is not None
    default: dict[str, object] = {
        "segment": None,
        "priority": None,
        "enabled": True,
        "value": "grey",
        "allocations": [],
    }
    assert (row.action, row.object_type, row.object_id, row.object_name) == (
        "flag.update",
        "Flag",
        flag.pk,
        "colour",
    )
    assert (row.environment_id, row.author_id) == (world.environment.pk, world.author.id)
    assert row.before == {"default": default, "overrides": []}
    assert row.after == {
        "default": default,
        "overrides": [
            {
                "segment": {"id": segment.pk, "name": "beta"},
                "priority": 1,
                "enabled": True,
                "value": "pink",
                "allocations": [{"optionId": blue.pk, "key": "blue", "basisPoints": 2500}],
            }
        ],
    }
    assert revision(world) == before + 1


def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    flag, segments = three_overrides(world)
    feature = flag.feature
    update(world, feature, default=change(shares=shares(feature, {"blue": 50})))

    with unchanged():
        update(world, feature)
        update(world, feature, default=change())
        update(world, feature, default=change("grey", enabled=True, shares=shares(feature, {"blue": 50})))
        update(world, feature, default=change(shares=shares(feature, {"red": 0})))
        update(world, feature, override(segments["a"], "a", enabled=True))
        same = update(world, feature, override(segments["b"], place=AtPriority(2)))

    assert same.version == 3


def test_true_is_not_one(world: World) -> None:
    feature = world.feature(value_type="JSON", value=1, options=())

    flag = update(world, feature, default=change(True))

    assert served(flag)["default"][1] is True
    assert flag.version == 2


def test_floats_are_stored_as_floats(world: World) -> None:
    feature = world.feature(value_type="FLOAT", value=1, options=())

    flag = update(world, feature, default=change(20))

    value = served(flag)["default"][1]
    assert (value, type(value)) == (20.0, float)
    with unchanged():
        update(world, feature, default=change(20))


def test_lineage_and_salt_survive_removal(world: World) -> None:
    feature, segment = world.feature(), world.segment()
    flag = update(world, feature, override(segment, "pink"))
    lineages = list(Lineage.objects.filter(flag=flag).order_by("pk").values())
    assert [(row["segment_id"], len(row["salt"])) for row in lineages] == [(None, 22), (segment.pk, 22)]

    update(world, feature, removal(segment))
    update(world, feature, override(segment, "cyan"), default=change("green"))

    assert list(Lineage.objects.filter(flag=flag).order_by("pk").values()) == lineages


def test_the_expected_version_lets_one_of_two_edits_in(world: World) -> None:
    feature = world.feature(key="colour")
    flag = update(world, feature, default=change("green"), expected=1)
    assert flag.version == 2

    with unchanged(), pytest.raises(VersionMoved) as refused:
        update(world, feature, default=change("pink"), expected=1)

    assert (refused.value.code, refused.value.expected, refused.value.actual) == ("VERSION_MOVED", 1, 2)
    assert refused.value.collides_with == Reference("Flag", flag.pk, "colour")
    assert update(world, feature, default=change("pink"), expected=2).version == 3


def test_an_edit_that_was_made_for_another_version_is_refused_also_if_it_changes_nothing(
    world: World,
) -> None:
    feature = world.feature()

    with unchanged(), pytest.raises(VersionMoved):
        update(world, feature, expected=7)
