"""What lists of phases, of their steps and of scheduled ramps can be narrowed and ordered by."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet

from server.accounts.authors import Author
from server.experimentation import phase_selectors as selectors
from server.experimentation.models import Phase, PhaseStep, RampStatus, ScheduledRamp, StepKind

Open = Annotated[
    bool | None, strawberry.argument(description="Only the one that goes on, or only those that have ended.")
]
Kinds = Annotated[list[StepKind] | None, strawberry.argument(description="Only those of one of these kinds.")]
RampStatuses = Annotated[list[RampStatus] | None, strawberry.argument(description="Only with one of these statuses.")]
InPhaseOrder = Annotated[selectors.PhaseOrder, strawberry.argument(description="The order.")]
InStepOrder = Annotated[selectors.PhaseStepOrder, strawberry.argument(description="The order.")]
InRampOrder = Annotated[selectors.ScheduledRampOrder, strawberry.argument(description="The order.")]


def phases(
    rows: QuerySet[Phase], author: Author, *, open: Open = None, order: InPhaseOrder = selectors.PhaseOrder.NEWEST
) -> QuerySet[Phase]:
    """Those of one experiment's phases that exist for the author."""
    return selectors.phases_for(rows, author, is_open=open, order=order)


def phase_steps(
    rows: QuerySet[PhaseStep],
    author: Author,
    *,
    kind: Kinds = None,
    order: InStepOrder = selectors.PhaseStepOrder.NEWEST,
) -> QuerySet[PhaseStep]:
    """Those of one phase's steps that exist for the author."""
    return selectors.phase_steps_for(rows, author, kinds=kind, order=order)


def scheduled_ramps(
    rows: QuerySet[ScheduledRamp],
    author: Author,
    *,
    status: RampStatuses = None,
    order: InRampOrder = selectors.ScheduledRampOrder.EARLIEST,
) -> QuerySet[ScheduledRamp]:
    """Those of one experiment's scheduled ramps that exist for the author."""
    return selectors.scheduled_ramps_for(rows, author, statuses=status, order=order)
