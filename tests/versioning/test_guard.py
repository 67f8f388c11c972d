"""Holds against edits of a flag: what a lower floor refuses for a higher one that it does not know."""

import pytest
from django.db import transaction

from server.errors import InvalidInput, Reference
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Forbids, Hold, Segment
from server.projects.models import Versioning
from server.versioning.change import planned, write_change
from server.versioning.change_sets import After, AtPriority, Before, FlagChangeSet, SegmentOverrideChangeSet
from server.versioning.locks import VersionMoved, lock_flag
from server.versioning.models import Cause
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, World, shares
from tests.features.holds import HOLDER, hold
from tests.rows import unchanged
from tests.versioning.flags import change, in_both_modes, override, removal, served, update

pytestmark = in_both_modes
Place = Before | After | AtPriority


@pytest.fixture
def segments(world: World) -> dict[str, Segment]:
    """Three segments that the flag has overrides for, in this order, and one that it has none for."""
    return {name: world.segment(name) for name in ("ahead", "held", "behind", "new")}


@pytest.fixture
def feature(world: World, segments: dict[str, Segment]) -> Feature:
    feature = world.feature()
    update(world, feature, *(override(segments[name], name) for name in ("ahead", "held", "behind")))
    return feature


def order(world: World, feature: Feature) -> list[str]:
    return list(served(world.flag(feature)))[:-1]


def test_a_held_override_is_not_named_not_even_to_leave_it_as_it_is(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    hold(feature, world.environment, Forbids.OVERRIDE, segments["held"])

    for edit in (
        override(segments["held"], "other"),
        override(segments["held"], enabled=False),
        override(segments["held"], shares=shares(feature, {"blue": 1})),
        override(segments["held"], place=AtPriority(1)),
        override(segments["held"]),
        removal(segments["held"]),
    ):
        with unchanged(), pytest.raises(LockedByExperiment) as refused:
            update(world, feature, edit, default=change("green"))
        assert (refused.value.code, refused.value.forbids) == ("LOCKED_BY_EXPERIMENT", Forbids.OVERRIDE)
        assert refused.value.holder == Reference("Experiment", 7, "Checkout")
        assert refused.value.allowed == (
            "updateExperimentRollout while the experiment is a draft or paused",
            "completeExperiment",
            "deleteExperiment while it is a draft that never started",
        )


def test_the_default_and_the_other_overrides_are_free(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    hold(feature, world.environment, Forbids.OVERRIDE, segments["held"])

    update(
        world,
        feature,
        removal(segments["ahead"]),
        override(segments["behind"], "B", place=Before(segments["held"].pk)),
        override(segments["new"], "N", place=AtPriority(1)),
        default=change("green"),
    )

    assert served(world.flag(feature)) == {
        "new": (True, "N", {}),
        "behind": (True, "B", {}),
        "held": (True, "held", {}),
        "default": (True, "green", {}),
    }


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("new", AtPriority(1)),
        ("new", AtPriority(2)),
        ("new", Before(1)),
        ("new", After(0)),
        ("behind", AtPriority(2)),
        ("behind", Before(1)),
        ("behind", Before(0)),
    ],
)
def test_no_override_comes_ahead_of_a_running_experiments(
    world: World, feature: Feature, segments: dict[str, Segment], name: str, place: Place
) -> None:
    hold(feature, world.environment, Forbids.AHEAD, segments["held"])
    if isinstance(place, Before | After):
        place = type(place)(list(segments.values())[place.segment_id].pk)

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        update(world, feature, override(segments[name], place=place), default=change("green"))

    assert (refused.value.forbids, refused.value.holder) == (Forbids.AHEAD, HOLDER)
    assert refused.value.allowed == ("updateFlag with a place after the experiment's override", "pauseExperiment first")


def test_who_stands_ahead_is_changed_moved_among_themselves_sent_behind_and_removed(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    update(world, feature, override(segments["new"], "N", place=AtPriority(1)))
    hold(feature, world.environment, Forbids.AHEAD, segments["held"])

    update(world, feature, override(segments["ahead"], "A", place=AtPriority(1)))
    assert order(world, feature) == ["ahead", "new", "held", "behind"]
    update(world, feature, override(segments["new"], place=After(segments["behind"].pk)))
    assert order(world, feature) == ["ahead", "held", "behind", "new"]
    update(world, feature, removal(segments["ahead"]))
    assert order(world, feature) == ["held", "behind", "new"]
    with unchanged(), pytest.raises(LockedByExperiment):
        update(world, feature, override(segments["new"], place=AtPriority(1)))


def test_overrides_come_behind_a_running_experiments(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    hold(feature, world.environment, Forbids.AHEAD, segments["held"])

    update(world, feature, override(segments["new"], place=After(segments["held"].pk)))

    assert order(world, feature) == ["ahead", "held", "new", "behind"]


def test_the_rules_of_who_is_no_longer_ahead_are_free_again(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    update(world, feature, override(segments["new"], place=AtPriority(1)))
    hold(feature, world.environment, Forbids.AHEAD, segments["held"])
    for name in ("ahead", "new"):
        hold(feature, world.environment, Forbids.RULES, segments[name])
    others = hold(world.feature(), world.environment, Forbids.RULES, segments["ahead"])

    update(world, feature, removal(segments["ahead"]))

    left = set(Hold.objects.values_list("segment__name", "forbids", "feature"))
    assert left == {
        ("held", Forbids.AHEAD, feature.pk),
        ("new", Forbids.RULES, feature.pk),
        ("ahead", Forbids.RULES, others.feature_id),
    }


def test_a_hold_in_one_environment_binds_nobody_in_another(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    other = create_environment(
        project_id=world.project.pk, name="staging", versioning=Versioning.V1, author=world.author, now=NOW
    )
    for forbids in (Forbids.OVERRIDE, Forbids.AHEAD):
        hold(feature, other, forbids, segments["held"])
        hold(world.feature(), world.environment, forbids, segments["held"])

    update(world, feature, override(segments["held"], "x"), override(segments["new"], place=AtPriority(1)))

    assert order(world, feature) == ["new", "ahead", "held", "behind"]


def test_the_holder_itself_is_free_and_another_holder_is_not(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    hold(feature, world.environment, Forbids.OVERRIDE, segments["held"])
    hold(feature, world.environment, Forbids.AHEAD, segments["held"])
    with unchanged(), pytest.raises(LockedByExperiment):
        write_as(world, feature, segments["held"], Reference("Experiment", 8, "Other"))

    assert write_as(world, feature, segments["held"], HOLDER)
    assert order(world, feature) == ["ahead", "behind"]


def test_what_is_invalid_or_has_moved_is_told_before_what_is_held(
    world: World, feature: Feature, segments: dict[str, Segment]
) -> None:
    hold(feature, world.environment, Forbids.OVERRIDE, segments["held"])

    with unchanged(), pytest.raises(InvalidInput):
        update(world, feature, override(segments["held"], 1), expected=9)
    with unchanged(), pytest.raises(VersionMoved):
        update(world, feature, override(segments["held"], "x"), expected=9)


def write_as(world: World, feature: Feature, segment: Segment, holder: Reference) -> bool:
    """Take the segment's override off the flag, as the holder of something."""
    with transaction.atomic():
        locked = lock_flag(feature_id=feature.pk, environment_id=world.environment.pk, author=world.author)
        asked = FlagChangeSet(overrides=(SegmentOverrideChangeSet(segment.pk, remove=True),))
        return write_change(
            locked,
            planned(locked, asked, path=()),
            cause=Cause.ROLLOUT_SET,
            author=world.author,
            now=NOW,
            holder=holder,
        )
