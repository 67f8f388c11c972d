"""The answer of a write, or of a dry run: what the write would mean for users.

A dry run is the write itself, taken back at its end: it meets every check and every refusal.
"""

from dataclasses import dataclass

from django.db import transaction

from server.evaluation.percentages import BasisPoints
from server.experimentation.locks import LockedExperiment
from server.experimentation.models import Experiment, Status
from server.experimentation.phases import PhaseAction, action_at_start
from server.experimentation.served import split_moved, units_affected
from server.features.models import Segment
from server.versioning.lineup import Standing


@dataclass(frozen=True, slots=True)
class CompetingOverride:
    """An override that is looked at before the experiment's, or before the default that a completion decides."""

    segment: Segment
    priority: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a write means for users.

    ``buckets_moved`` are those of the split's 10,000 that change their arm, as against what
    units met last; ``units_affected`` is the share of the units, in basis points, that would be
    served another value: of those that no other override takes, and the audience takes in.
    """

    phase_action: PhaseAction
    buckets_moved: int
    units_affected: BasisPoints
    competing_overrides: tuple[CompetingOverride, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer of a dry run: everything was checked, and nothing written."""

    impact: Impact


def answered(locked: LockedExperiment, *, dry_run: bool) -> Experiment | Preview:
    """The experiment as it is after the write; after a dry run what it would mean, and nothing is written."""
    if not dry_run:
        return locked.answer()
    before, after = locked.was, locked.served()
    impact = Impact(
        phase_action=_phase_action(locked),
        buckets_moved=split_moved(before, after) if locked.latest_phase and after.override else 0,
        units_affected=units_affected(before, after),
        competing_overrides=_competing(locked),
    )
    transaction.set_rollback(True)  # at the end: from here on the transaction answers no query
    return Preview(impact)


def _phase_action(locked: LockedExperiment) -> PhaseAction:
    """What happens to the phases: now, or at the next start of what is not running."""
    before = locked.was.phase_id
    match locked.experiment.status:
        case Status.COMPLETED:
            return PhaseAction.CLOSES if before is not None and locked.phase is None else PhaseAction.NONE
        case Status.RUNNING:
            assert locked.phase is not None, "what runs has an open phase"
            if locked.phase.pk == before:
                return PhaseAction.CONTINUES
            return PhaseAction.OPENS if locked.phase.number == 1 else PhaseAction.OPENS_NEXT
        case _:
            return action_at_start(locked) if locked.override is not None else PhaseAction.NONE


def _competing(locked: LockedExperiment) -> tuple[CompetingOverride, ...]:
    return tuple(
        CompetingOverride(standing.segment, priority)
        for priority, standing in enumerate(_ahead(locked), start=1)
        if standing.segment is not None
    )


def _ahead(locked: LockedExperiment) -> tuple[Standing, ...]:
    """What comes first for its units: before the override or, where a completion has ended it, the default."""
    before, after = locked.was, locked.served()
    if after.override is not None and after.segment_id is not None:
        return after.lineup.ahead_of(after.segment_id)
    is_ended = before.override is not None and locked.experiment.status == Status.COMPLETED
    return after.lineup.overrides if is_ended else ()
