"""Reads of phases, of what happened to them, and of scheduled ramps."""

from collections.abc import Collection
from enum import StrEnum

from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.experimentation.models import Phase, PhaseStep, RampStatus, ScheduledRamp, StepKind


class PhaseOrder(StrEnum):
    """The order of the phases of an experiment; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


class PhaseStepOrder(StrEnum):
    """The order of what happened to a phase; each value is its columns, from their end with a minus."""

    NEWEST = "-id"
    OLDEST = "id"


class ScheduledRampOrder(StrEnum):
    """The order of the ramps of an experiment; each value is its columns, from their end with a minus."""

    EARLIEST = "due_at id"
    LATEST = "-due_at -id"
    NEWEST = "-id"
    OLDEST = "id"


def phases_for(
    phases: QuerySet[Phase], author: Author, *, is_open: bool | None = None, order: PhaseOrder = PhaseOrder.NEWEST
) -> QuerySet[Phase]:
    """Those of the phases that exist for the author, in this order; every other argument narrows."""
    phases = phases.filter(_visible(author, experiment="experiment__"))
    if is_open is not None:
        phases = phases.filter(closed_at__isnull=is_open)
    return phases.order_by(*order.split())


def phase_steps_for(
    steps: QuerySet[PhaseStep],
    author: Author,
    *,
    kinds: Collection[StepKind] | None = None,
    order: PhaseStepOrder = PhaseStepOrder.NEWEST,
) -> QuerySet[PhaseStep]:
    """Those of the steps that exist for the author, in this order; every other argument narrows."""
    steps = steps.filter(_visible(author, experiment="phase__experiment__"))
    if kinds is not None:
        steps = steps.filter(kind__in=kinds)
    return steps.order_by(*order.split())


def scheduled_ramps_for(
    ramps: QuerySet[ScheduledRamp],
    author: Author,
    *,
    statuses: Collection[RampStatus] | None = None,
    order: ScheduledRampOrder = ScheduledRampOrder.EARLIEST,
) -> QuerySet[ScheduledRamp]:
    """Those of the ramps that exist for the author, in this order; every other argument narrows."""
    ramps = ramps.filter(_visible(author, experiment="experiment__"))
    if statuses is not None:
        ramps = ramps.filter(status__in=statuses)
    return ramps.order_by(*order.split())


def widest_percentage() -> Subquery:
    """The largest share of the units that a phase has taken in so far."""
    steps = PhaseStep.objects.filter(phase_id=OuterRef("pk")).order_by().values("phase_id")
    return Subquery(steps.annotate(widest=Max("percentage")).values("widest"))


def open_phases(phases: QuerySet[Phase]) -> "Prefetch[str, QuerySet[Phase], str]":
    """The phase that goes on, for many experiments at once; ``phases`` says what of it is read."""
    return Prefetch("phases", phases, "open_phases")


def _visible(author: Author, *, experiment: str) -> Q:
    return visible(
        author,
        organisation=f"{experiment}environment__project__organisation_id",
        project=f"{experiment}environment__project_id",
        environment=f"{experiment}environment_id",
    )
