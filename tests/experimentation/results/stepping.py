"""Gives a phase that is in no database the steps that it would have there."""

from datetime import datetime

from server.experimentation.models import Phase, PhaseStep, StepKind


def with_steps(phase: Phase, *between: tuple[StepKind, datetime]) -> Phase:
    """The phase with its opening, what happened in between, and its end if it has one."""
    kinds = [(StepKind.OPENED, phase.opened_at), *between]
    if phase.closed_at is not None:
        kinds.append((StepKind.CLOSED, phase.closed_at))
    phase.pk = phase.pk or phase.number
    steps = [PhaseStep(phase=phase, kind=kind, at=at, percentage=0) for kind, at in kinds]
    queryset = PhaseStep.objects.none()
    queryset._result_cache = steps
    phase._prefetched_objects_cache = {"steps": queryset}
    return phase
