"""Holds on the flag: the experiment's override changes only through it, and nothing comes ahead of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from server.errors import InvalidInput, NotFound, Reference
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment, Status
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Forbids, Segment
from server.features.services.update_segment import update_segment
from server.versioning.change_sets import (
    After,
    AllocationChange,
    AtPriority,
    Before,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.models import FlagVersion
from server.versioning.services.delete_segment import delete_segment
from server.versioning.services.restore_flag_version import restore_flag_version
from tests.experimentation.acting import (
    bring_to,
    change_flag,
    change_rules,
    complete,
    override,
    pause,
    set_rollout,
    start,
)
from tests.experimentation.reading import holds, live, problems, rollout_of, states
from tests.factories import NOW, World, split_of
from tests.rows import unchanged

unfinished = pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])

ALLOWED = {
    Forbids.OVERRIDE: (
        "updateExperimentRollout while the experiment is a draft or paused",
        "completeExperiment",
        "deleteExperiment while it is a draft that never started",
    ),
    Forbids.AHEAD: ("updateFlag with a place after the experiment's override", "pauseExperiment first"),
    Forbids.RULES: ("pauseExperiment first",),
}


@pytest.fixture
def staff(world: World, feature: Feature) -> Segment:
    """A plain override that serves gold."""
    segment = world.segment("Staff")
    change_flag(world, feature, override(segment, value="gold"))
    return segment


@pytest.fixture
def experiment(world: World, feature: Feature, staff: Segment) -> Experiment:
    """A draft behind it."""
    return world.experiment(feature, name="Colour")


def locked(experiment: Experiment, forbids: Forbids) -> AbstractContextManager[object]:
    """Expects that a hold of the experiment refuses, by its name and with what is allowed."""

    def right(refusal: LockedByExperiment) -> bool:
        assert refusal.code == "LOCKED_BY_EXPERIMENT"
        assert refusal.holder == Reference("Experiment", experiment.pk, "Colour")
        assert (refusal.forbids, refusal.allowed) == (forbids, ALLOWED[forbids])
        return "“Colour”" in refusal.message

    return pytest.raises(LockedByExperiment, check=right)


def order(world: World, feature: Feature) -> list[int]:
    return [segment for segment, _ in states(world, feature)[0]]


def own(experiment: Experiment) -> int:
    return rollout_of(experiment).segment_id


CHANGES: dict[str, Callable[[int, int], SegmentOverrideChangeSet]] = {
    "value": lambda segment, _: override(segment, value="teal"),
    "enabled": lambda segment, _: override(segment, enabled=False),
    "split": lambda segment, option: override(segment, allocations=(AllocationChange(option, BasisPoints(1)),)),
    "place": lambda segment, _: override(segment, place=AtPriority(1)),
    "remove": lambda segment, _: override(segment, remove=True),
    "nothing": lambda segment, _: override(segment),
}


@unfinished
@pytest.mark.parametrize("change", CHANGES)
def test_the_experiments_override_changes_only_through_it(
    world: World, feature: Feature, staff: Segment, experiment: Experiment, status: Status, change: str
) -> None:
    bring_to(world, experiment, status)
    change_set = CHANGES[change](own(experiment), feature.options.get(key="blue").pk)

    with unchanged(), locked(experiment, Forbids.OVERRIDE):
        change_flag(world, feature, change_set)
    with unchanged(), locked(experiment, Forbids.OVERRIDE):
        change_flag(world, feature, override(staff, value="silver"), change_set)


def test_the_segment_of_a_completed_experiment_takes_no_override(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    segment = own(experiment)
    bring_to(world, experiment, Status.COMPLETED)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        change_flag(world, feature, override(segment, value="teal"))
    assert problems(refused) == [("input.overrides.0.segmentId", "UNKNOWN_SEGMENT")]
    assert holds() == []


@unfinished
def test_another_flag_cannot_take_the_system_segment(world: World, experiment: Experiment, status: Status) -> None:
    bring_to(world, experiment, status)
    other = world.feature()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        change_flag(world, other, override(own(experiment), value="teal"))

    assert problems(refused) == [("input.overrides.0.segmentId", "UNKNOWN_SEGMENT")]


@pytest.mark.parametrize("status", Status)
def test_no_mutation_on_segments_touches_the_system_segment(
    world: World, experiment: Experiment, status: Status
) -> None:
    segment = rollout_of(bring_to(world, experiment, status)).segment

    with unchanged(), pytest.raises(NotFound):
        change_rules(world, segment)
    with unchanged(), pytest.raises(NotFound):
        update_segment(segment_id=segment.pk, name="Mine", author=world.author, now=NOW)
    with unchanged(), pytest.raises(NotFound):
        delete_segment(segment_id=segment.pk, author=world.author, now=NOW)


def test_while_it_runs_nothing_is_put_ahead_of_it(world: World, feature: Feature, experiment: Experiment) -> None:
    start(world, experiment)
    behind = world.segment()
    change_flag(world, feature, override(behind, place=After(own(experiment))))
    assert order(world, feature)[1:] == [own(experiment), behind.pk]
    new = world.segment()

    for change in (
        override(new),
        override(new, place=AtPriority(1)),
        override(new, place=AtPriority(2)),
        override(new, place=Before(own(experiment))),
        override(behind, place=AtPriority(1)),
        override(behind, place=Before(own(experiment))),
        override(behind, value="teal", place=AtPriority(2)),
    ):
        with unchanged(), locked(experiment, Forbids.AHEAD):
            change_flag(world, feature, change)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_while_it_does_not_run_overrides_may_go_ahead_of_it(
    world: World, feature: Feature, experiment: Experiment, staff: Segment, status: Status
) -> None:
    bring_to(world, experiment, status)
    behind = world.segment()
    change_flag(world, feature, override(behind, place=After(own(experiment))))
    change_flag(world, feature, override(behind, place=AtPriority(1)))
    assert order(world, feature) == [behind.pk, staff.pk, own(experiment)]

    start(world, experiment)

    for segment in (behind, staff):
        with unchanged(), locked(experiment, Forbids.RULES):
            change_rules(world, segment)


def test_while_it_runs_the_default_and_the_overrides_are_otherwise_free(
    world: World, feature: Feature, experiment: Experiment, staff: Segment
) -> None:
    start(world, experiment)
    later = world.segment()

    change_flag(world, feature, default=StateChange(enabled=False, value="white"))
    change_flag(world, feature, override(staff, value="silver"))
    change_flag(world, feature, override(later, value="pink", place=After(own(experiment))))
    change_flag(world, feature, override(later, value="rose"))
    change_rules(world, later)
    assert states(world, feature) == (
        [
            (staff.pk, (True, "silver", {})),
            (own(experiment), (True, "grey", {"blue": 3300, "red": 3300})),
            (later.pk, (True, "rose", {})),
        ],
        (False, "white", {}),
    )
    change_flag(world, feature, override(later, remove=True))
    change_flag(world, feature, override(staff, place=After(own(experiment))))
    assert order(world, feature) == [own(experiment), staff.pk]


def test_rules_of_a_segment_ahead_stay_while_it_runs_and_are_free_when_it_is_paused(
    world: World, experiment: Experiment, staff: Segment
) -> None:
    change_rules(world, staff, "draft")
    start(world, experiment)

    with unchanged(), locked(experiment, Forbids.RULES):
        change_rules(world, staff)
    update_segment(segment_id=staff.pk, name="Team", description="Us", author=world.author, now=NOW)
    pause(world, experiment)
    change_rules(world, staff, "paused")
    start(world, experiment)
    with unchanged(), locked(experiment, Forbids.RULES):
        change_rules(world, staff)
    complete(world, experiment)
    change_rules(world, staff, "over")


@pytest.mark.parametrize("way", ["removed", "moved behind"])
def test_rules_are_free_again_when_the_override_is_not_ahead_any_more(
    world: World, feature: Feature, experiment: Experiment, staff: Segment, way: str
) -> None:
    other = world.segment()
    change_flag(world, feature, override(other))
    start(world, experiment)

    if way == "removed":
        change_flag(world, feature, override(staff, remove=True))
    else:
        change_flag(world, feature, override(staff, place=After(own(experiment))))

    change_rules(world, staff)
    with unchanged(), locked(experiment, Forbids.RULES):
        change_rules(world, other)


def test_a_segment_ahead_of_two_running_experiments_is_free_only_after_both(
    world: World, feature: Feature, experiment: Experiment, staff: Segment
) -> None:
    second_feature = world.feature()
    change_flag(world, second_feature, override(staff))
    second = start(world, world.experiment(second_feature, name="Colour"))
    start(world, experiment)

    pause(world, experiment)
    with unchanged(), locked(second, Forbids.RULES):
        change_rules(world, staff)
    pause(world, second)
    change_rules(world, staff)


def restore(world: World, version: FlagVersion) -> None:
    restore_flag_version(version_id=version.pk, author=world.author, now=NOW)


@unfinished
def test_restoring_an_old_version_leaves_the_experiments_override_as_it_is(v2: World, status: Status) -> None:
    feature, segment = v2.feature(), v2.segment()
    change_flag(v2, feature, override(segment, value="gold"))
    first = live(v2, feature)
    change_flag(v2, feature, override(segment, value="silver"), default=StateChange(value="white"))
    experiment = bring_to(v2, v2.experiment(feature, rollout=split_of(feature, {"blue": 5})), status)

    restore(v2, first)

    assert states(v2, feature) == (
        [(segment.pk, (True, "gold", {})), (own(experiment), (True, "white", {"blue": 500}))],
        (True, "grey", {}),
    )


def test_restoring_never_restores_an_experiments_override(v2: World) -> None:
    feature = v2.feature()
    experiment = v2.experiment(feature, rollout=split_of(feature, {"blue": 5}))
    with_it = live(v2, feature)
    set_rollout(v2, experiment, split_of(feature, {"blue": 6}))
    before = states(v2, feature)

    with unchanged():
        restore(v2, with_it)
    assert states(v2, feature) == before
    bring_to(v2, experiment, Status.COMPLETED)
    restore(v2, with_it)
    assert states(v2, feature) == ([], (True, "grey", {}))


def test_restoring_puts_nothing_ahead_of_a_running_experiment(v2: World) -> None:
    feature, segment = v2.feature(), v2.segment()
    change_flag(v2, feature, override(segment))
    with_override = live(v2, feature)
    change_flag(v2, feature, override(segment, remove=True))
    experiment = start(v2, v2.experiment(feature, name="Colour"))

    with unchanged(), locked(experiment, Forbids.AHEAD):
        restore(v2, with_override)
    pause(v2, experiment)
    restore(v2, with_override)
    assert order(v2, feature) == [segment.pk, own(experiment)]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING])
def test_restoring_keeps_the_place_that_the_experiment_was_given(v2: World, status: Status) -> None:
    feature, segment = v2.feature(), v2.segment()
    change_flag(v2, feature, override(segment, value="gold"))
    first = live(v2, feature)
    experiment = bring_to(v2, v2.experiment(feature, rollout=split_of(feature, priority=1)), status)
    change_flag(v2, feature, override(segment, value="silver"))

    restore(v2, first)

    assert order(v2, feature) == [own(experiment), segment.pk]
    assert states(v2, feature)[0][1] == (segment.pk, (True, "gold", {}))
