"""When a phase had its gate open: paused, it takes nobody in, and what is compared serves nobody. Reads no clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.experimentation.models import Phase, StepKind

Span = tuple[datetime, datetime]


def spans_of(phase: Phase, *, until: datetime) -> list[Span]:
    """From when to when it ran, up to a time; the phase's steps are loaded, in their order."""
    spans: list[Span] = []
    began: datetime | None = None
    for step in phase.steps.all():
        if step.kind in (StepKind.PAUSED, StepKind.CLOSED):
            if began is not None:
                spans.append((began, step.at))
            began = None
        elif began is None:
            began = step.at
    if began is not None:
        spans.append((began, until))
    return [(start, min(end, until)) for start, end in spans if start < until]


def served_until(phase: Phase, *, until: datetime) -> datetime:
    """When it last served anybody: what its units do from then on is no outcome of what they met.

    A pause in its middle ends nothing: the units meet the same again after it.
    """
    spans = spans_of(phase, until=until)
    return spans[-1][1] if spans else min(phase.opened_at, until)


def time_running(phases: Sequence[Phase], *, until: datetime) -> timedelta:
    """How long phases ran altogether, without their pauses."""
    spans = [span for phase in phases for span in spans_of(phase, until=until)]
    return sum((end - start for start, end in spans), timedelta(0))
