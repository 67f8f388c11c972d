"""Rollouts as they are asked for, checked, and written: the gate and the split together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.accounts.authors import Author
from server.errors import Problem
from server.evaluation.percentages import NOTHING, BasisPoints
from server.experimentation.gates import create_gate, move_gate
from server.experimentation.locks import LockedExperiment
from server.experimentation.models import Rollout
from server.experimentation.refusals import reference_to
from server.features.holds import place_holds
from server.features.models import Forbids, Hold, Option, Segment
from server.features.options import share_problems
from server.features.values import canonical_value, value_problems
from server.unset import UNSET
from server.versioning.apply import allocation_problems, number_problems, priority_problems
from server.versioning.change import planned, write_change
from server.versioning.change_sets import (
    AllocationChange,
    AtPriority,
    FlagChangeSet,
    SegmentOverrideChangeSet,
    StateChange,
)
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
    experiment, rollout = locked.experiment, locked.rollout
    is_first = rollout is None
    if rollout is None:
        segment, gate = create_gate(experiment, percentage=request.percentage, author=author, now=now)
        rollout = Rollout(experiment=experiment, segment=segment)
    else:
        segment = rollout.segment
        gate = move_gate(segment, rollout.gate, percentage=request.percentage, author=author, now=now)
    after = planned(locked.flag, _change_set(locked, request, segment), path=(), own_segments=(segment,))
    moved = write_change(locked.flag, after, cause=Cause.ROLLOUT_SET, author=author, now=now, holder=locked.reference)
    if not moved and gate.pk == rollout.gate_id:
        return False
    rollout.gate = gate
    if moved:
        override = locked.flag.lineup.override(segment.pk)
        assert override is not None and override.row is not None
        rollout.state, rollout.flag_version = override.row, locked.flag.live
    if is_first:
        _hold_override(locked, segment)
    rollout.save()
    locked.rollout = rollout
    return True


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


def _hold_override(locked: LockedExperiment, segment: Segment) -> None:
    holder = reference_to(locked.experiment)
    place_holds(
        [
            Hold(
                feature=locked.flag.feature,
                environment=locked.flag.environment,
                segment=segment,
                forbids=Forbids.OVERRIDE,
                holder_type=holder.type,
                holder_id=holder.id,
                holder_name=holder.name,
            )
        ]
    )
