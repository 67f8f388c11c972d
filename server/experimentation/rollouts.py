"""Rollouts as they are asked for, checked, and written: the gate and the split together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.accounts.authors import Author
from server.database.rows import insert, update
from server.errors import Problem
from server.evaluation.percentages import NOTHING, BasisPoints
from server.experimentation.gates import closed_segment, write_gate
from server.experimentation.locks import LockedExperiment, hold_by
from server.experimentation.models import Rollout
from server.features.holds import place_holds
from server.features.models import Forbids, Option, Segment
from server.features.options import share_problems
from server.features.values import canonical_value, value_problems
from server.unset import UNSET
from server.versioning.apply import allocation_problems, number_problems, priority_problems
from server.versioning.change import planned, write_unheld
from server.versioning.change_sets import (
    AllocationChange,
    AtPriority,
    FlagChangeSet,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.guard import refuse_if_held
from server.versioning.lineup import Lineup
from server.versioning.models import Cause

MAX_SPLIT = 1_000


@dataclass(frozen=True, slots=True)
class RolloutRequest:
    """A rollout as it is asked for. The split is complete: an option that it does not name gets nothing.

    ``control_value`` left out is the value that the flag serves by default when the
    rollout is written; ``priority`` left out is the place behind the plain overrides, or
    the one that the rollout has.
    """

    percentage: BasisPoints
    split: tuple[AllocationChange, ...]
    enabled: bool = True
    control_value: Any = UNSET
    priority: int | None = None


def rollout_problems(
    request: RolloutRequest,
    *,
    value_type: str,
    options: Mapping[int, Option],
    lineup: Lineup | None,
    own: int = 0,
) -> list[Problem]:
    """Everything that is wrong with a rollout; ``own`` is the segment of the override that it replaces."""
    path = ("rollout", "multivariateValues")
    if len(request.split) > MAX_SPLIT:
        return [Problem(path, "TOO_MANY", f"A split names at most {MAX_SPLIT:,} options.")]
    problems = allocation_problems(request.split, options, path=path)
    problems += share_problems((part.share for part in request.split), path=path)
    if request.control_value is not UNSET:
        problems += value_problems(request.control_value, value_type, path=("rollout", "controlValue"))
    if lineup is not None and lineup.override(own) is None:
        problems += number_problems(len(lineup.overrides) + 1, path=("rollout",))
    if request.priority is not None and lineup is not None:
        problems += priority_problems(request.priority, lineup.without(own), path=("rollout", "priority"))
    return problems


def set_rollout(locked: LockedExperiment, request: RolloutRequest, *, author: Author, now: datetime) -> bool:
    """Write a checked rollout, gate and override together; whether it differs from the one that is there.

    The first one makes the segment. Afterwards ``locked.rollout`` is the rollout.
    """
    experiment, flag = locked.experiment, locked.flag
    is_first = locked.rollout is None
    rollout = locked.rollout or Rollout(experiment=experiment, segment=closed_segment(experiment, now=now))
    segment, gate = rollout.segment, None if is_first else rollout.gate
    after = planned(flag, _change_set(locked, request, segment), path=(), own_segments=(segment,))
    holds = refuse_if_held(flag, after, holder=locked.reference)
    # Everything is checked. From here on it writes.
    rollout.gate = write_gate(experiment, segment, gate, percentage=request.percentage, author=author, now=now)
    moved = write_unheld(
        flag, after, holds=holds, cause=Cause.ROLLOUT_SET, author=author, now=now, met=locked.met_maps()
    )
    if not moved and rollout.gate is gate:
        return False
    if moved:
        override = flag.lineup.override(segment.pk)
        assert override is not None and override.row is not None
        rollout.state, rollout.flag_version = override.row, flag.live
    if is_first:
        place_holds([hold_by(locked, Forbids.OVERRIDE, segment.pk)])
        rollout.segment = segment  # which has its id by now
        insert(rollout)
    else:
        update(rollout, "gate", "state", "flag_version")
    locked.rollout = rollout
    return True


def move_gate(locked: LockedExperiment, *, percentage: BasisPoints, author: Author, now: datetime) -> None:
    """Write the gate anew, at this percentage and with the experiment's audience; the split stays."""
    rollout = locked.rollout
    assert rollout is not None, "only a rollout has a gate"
    rollout.gate = write_gate(
        locked.experiment, rollout.segment, rollout.gate, percentage=percentage, author=author, now=now
    )
    update(rollout, "gate")


def _change_set(locked: LockedExperiment, request: RolloutRequest, segment: Segment) -> FlagChangeSet:
    flag = locked.flag
    control = flag.lineup.default.content.value if request.control_value is UNSET else request.control_value
    shares = dict.fromkeys(flag.options, NOTHING) | {part.option_id: part.share for part in request.split}
    change = StateChange(
        enabled=request.enabled,
        value=canonical_value(control, flag.feature.value_type),
        allocations=tuple(AllocationChange(option_id, share) for option_id, share in shares.items()),
    )
    place = None if request.priority is None else AtPriority(request.priority)
    return FlagChangeSet(overrides=(SegmentOverrideChangeSet(segment.pk, change, place),))
