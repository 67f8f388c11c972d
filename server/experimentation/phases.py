"""Phases of an experiment: which one a start leads to, and what is written of them.

A phase is a stretch in which gate and split mean the same to every unit that took part. A
gate that widens only adds units, so the phase goes on; an edit of the split, the audience or
a value, or a gate that narrows, ends it, and the next start opens the next one.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.evaluation.percentages import NOTHING, BasisPoints
from server.experimentation.locks import LockedExperiment
from server.experimentation.models import Phase, PhaseStep, StepKind
from server.features.values import same_value


class PhaseAction(StrEnum):
    """What happens to the phases of an experiment."""

    NONE = "NONE"
    OPENS = "OPENS"
    CONTINUES = "CONTINUES"
    OPENS_NEXT = "OPENS_NEXT"
    CLOSES = "CLOSES"


def action_at_start(locked: LockedExperiment) -> PhaseAction:
    """What a start would do to the phases."""
    if locked.phase is None:
        return PhaseAction.OPENS if locked.latest_phase is None else PhaseAction.OPENS_NEXT
    return PhaseAction.CONTINUES if _goes_on(locked, locked.phase) else PhaseAction.OPENS_NEXT


def enter_phase(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """Open a phase, or go on in the open one; afterwards ``locked.phase`` is the one that runs."""
    action = action_at_start(locked)
    if action is PhaseAction.CONTINUES:
        add_step(locked, StepKind.RESUMED, locked.gate, author=author, now=now)
        return
    close_phase(locked, author=author, now=now)
    _open_next(locked, author=author, now=now)


def close_phase(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """End the open phase, if there is one."""
    phase = locked.phase
    if phase is None:
        return
    phase.closed_at = now
    phase.save(update_fields=["closed_at"])
    add_step(locked, StepKind.CLOSED, NOTHING, author=author, now=now)
    locked.phase = None


def add_step(
    locked: LockedExperiment, kind: StepKind, percentage: BasisPoints, *, author: Author, now: datetime
) -> None:
    """Record what happens to the open phase, and the gate from now on."""
    assert locked.phase is not None, "a step is one of an open phase"
    PhaseStep.objects.create(phase=locked.phase, kind=kind, percentage=percentage, at=now, **author_columns(author))
    vars(locked.phase).pop("widest", None)  # it may have been read before


def _open_next(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    rollout, state = locked.rollout, None if locked.rollout is None else locked.rollout.state
    assert rollout is not None and state is not None, "whoever starts has a rollout"
    percentage = locked.gate
    latest = locked.latest_phase
    locked.phase = locked.latest_phase = Phase.objects.create(
        experiment=locked.experiment,
        number=latest.number + 1 if latest else 1,
        opened_at=now,
        enabled=state.enabled,
        percentage=percentage,
        gate_salt=locked.experiment.gate_salt,
        split_salt=state.lineage.salt,
        bucket_map=state.bucket_map,
        control_value=state.value,
        arms=_arms(locked),
        audience=locked.experiment.audience,
        flag_version=rollout.flag_version,
        **author_columns(author),
    )
    add_step(locked, StepKind.OPENED, percentage, author=author, now=now)


def _goes_on(locked: LockedExperiment, phase: Phase) -> bool:
    """Whether every unit that took part would meet what it met, and none would be left out."""
    rollout = locked.rollout
    assert rollout is not None, "an experiment with a phase has its rollout"
    state = rollout.state
    return (
        phase.enabled == state.enabled
        and phase.bucket_map_id == state.bucket_map_id
        and phase.audience_id == locked.experiment.audience_id
        and same_value(phase.control_value, state.value)
        and phase.arms == _arms(locked)
        and locked.gate >= phase.widest
    )


def _arms(locked: LockedExperiment) -> list[dict[str, Any]]:
    override = locked.override
    assert override is not None, "an experiment that is not over has its override"
    options = locked.flag.options
    return [
        {
            "optionId": option_id,
            "key": options[option_id].key,
            "value": options[option_id].value,
            "basisPoints": share,
        }
        for option_id, share in sorted(override.content.allocations.items())
    ]
