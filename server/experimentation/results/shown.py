"""Reads of computations: what one has stored, and which of an experiment's there are. Computes nothing."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery, Sum

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.events.models import OutboxBatch
from server.experimentation.models import Computation, ComputationStatus, Experiment, Plan, ResultsState
from server.experimentation.results.breakdowns import breakdowns_of
from server.experimentation.results.document import ResultsDocument
from server.experimentation.results.encoding import from_json, to_json
from server.experimentation.results.state import is_final

_DECODED = "_decoded_document"

Waiting = tuple[int, datetime]
"""How many events wait on their way to the warehouse, and since when the oldest does."""


class ComputationOrder(StrEnum):
    """The order of an experiment's computations; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


class Standing(StrEnum):
    """How an experiment's results stand. The values are stable."""

    NOT_STARTED = "NOT_STARTED"
    AWAITED = "AWAITED"
    """No computation has ended yet."""
    FAILED = "FAILED"
    """The last computation failed: what is shown, if anything, is of one before it."""
    CURRENT = "CURRENT"
    FINAL = "FINAL"
    """The last results of a completed experiment are there."""


def keep_document(computation: Computation, document: ResultsDocument) -> None:
    """Give a computation its document, but for the metrics by the values of dimensions: these are stored apart.

    The checks of these values' splits stay in it.
    """
    lean = [
        replace(each, values=tuple(replace(value, metrics=()) for value in each.values)) for each in document.dimensions
    ]
    computation.document = to_json(replace(document, dimensions=tuple(lean)))


def document_of(computation: Computation) -> ResultsDocument:
    """What a computation that was done has stored; decoded once for each row that was read."""
    known: dict[str, Any] = vars(computation)
    if _DECODED not in known:
        known[_DECODED] = from_json(computation.document, ResultsDocument)
    document: ResultsDocument = known[_DECODED]
    return document


def whole_document_of(computation: Computation) -> ResultsDocument:
    """The same with the metrics by the values of dimensions, which one more statement reads. Of what is shown."""
    return replace(document_of(computation), dimensions=breakdowns_of(computation))


def state_of(experiment: Experiment) -> ResultsState | None:
    """How far the experiment's results are; None until a worker has seen it started."""
    state: ResultsState | None = getattr(experiment, "results_state", None)
    return state


def standing_of(experiment: Experiment) -> Standing:
    """How the experiment's results stand."""
    state = state_of(experiment)
    if experiment.started_at is None:
        return Standing.NOT_STARTED
    if state is None or state.latest is None:
        return Standing.AWAITED
    if state.latest.status == ComputationStatus.FAILED:
        return Standing.FAILED
    return Standing.FINAL if is_final(experiment, state) else Standing.CURRENT


def computations_for(
    computations: QuerySet[Computation],
    author: Author,
    *,
    statuses: Collection[ComputationStatus] | None = None,
    order: ComputationOrder = ComputationOrder.NEWEST,
) -> QuerySet[Computation]:
    """Those of the computations that exist for the author, in this order; every other argument narrows."""
    computations = computations.filter(
        visible(
            author,
            organisation="experiment__environment__project__organisation_id",
            project="experiment__environment__project_id",
            environment="experiment__environment_id",
        )
    )
    if statuses is not None:
        computations = computations.filter(status__in=statuses)
    return computations.order_by(*order.split())


PLAN_STANDING = {
    "lookback_days": Subquery(
        Plan.objects.filter(experiment=OuterRef("pk")).order_by("-number").values("lookback_days")[:1]
    ),
    "has_changed_plan": Exists(
        Plan.objects.filter(experiment=OuterRef("pk"), after_results=True, changes_judgement=True)
    ),
}
"""What a query of experiments asks of their plans besides, so that `plan_standing` asks nothing."""


def plan_standing(experiment: Experiment) -> tuple[int | None, bool]:
    """How many days its plan looks back, None without one; whether what decides was changed after results were seen."""
    known: dict[str, Any] = vars(experiment)
    if not PLAN_STANDING.keys() <= known.keys():
        known |= Experiment.objects.filter(pk=experiment.pk).values(**PLAN_STANDING).get()
    return known["lookback_days"], known["has_changed_plan"]


def waiting_events() -> dict[int, Waiting]:
    """What waits in the outbox, by environment, by one statement; an environment of which nothing waits is not here."""
    rows = OutboxBatch.objects.values_list("environment_id").annotate(Sum("events"), Min("received_at"))
    return {environment_id: (events, since) for environment_id, events, since in rows.order_by()}
