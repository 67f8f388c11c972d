"""Reads of A/A replays: how far each is, what it has found, and what that says. Deals and computes nothing."""

from collections.abc import Collection
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import NOWHERE, visible
from server.experimentation.models import MetricKind, Replay
from server.experimentation.results.encoding import from_json
from server.experimentation.results.replay_document import RedealtMetric, ReplayDocument
from server.experimentation.stats.reasons import NoResult


class ReplayOrder(StrEnum):
    """The order of an experiment's replays; each value is its columns, from their end with a minus."""

    NEWEST = "-requested_at -id"
    OLDEST = "requested_at id"


class ReplayStatus(StrEnum):
    """How far a replay is. The values are stable."""

    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


class AlphaFit(StrEnum):
    """Whether a rate of false positives is the one that was promised. The values are stable."""

    FITS = "FITS"
    TOO_OFTEN = "TOO_OFTEN"
    TOO_SELDOM = "TOO_SELDOM"
    UNKNOWN = "UNKNOWN"
    """No test gave a p-value."""


_WITH = {
    ReplayStatus.PENDING: Q(finished_at=None),
    ReplayStatus.DONE: Q(finished_at__isnull=False, failure_code=""),
    ReplayStatus.FAILED: Q(finished_at__isnull=False) & ~Q(failure_code=""),
}
NOT_WORTH_A_WORD = 1.1
"""By so much a rate may be above α, and nobody should change a metric for it: 5.5 % where 5 % was promised."""

_ADVICE = {
    AlphaFit.FITS: "which fits: its p-values and intervals can be taken at their word.",
    AlphaFit.TOO_SELDOM: "which is more seldom than it may: nothing is wrong, but real effects take longer to show.",
}
_CAP_IT = (
    "a few units may have most of what it counts. Cap or winsorise it, lower where it is so already, or wait for more "
    "units."
)
_TOO_FEW = "too few units may do it, or too few may not. Wait for more units, or measure what more of them do."
_TOO_OFTEN: dict[MetricKind | None, str] = {
    MetricKind.PROPORTION: _TOO_FEW,
    MetricKind.RETENTION: _TOO_FEW,
    MetricKind.QUANTILE: (
        "too few units may have a value near it, or many the same one. Wait for more units, or measure another "
        "percentile."
    ),
}
"""Of the kinds of which no value can be capped; every other kind can."""


def status_of(replay: Replay) -> ReplayStatus:
    """How far the replay is."""
    if replay.finished_at is None:
        return ReplayStatus.PENDING
    return ReplayStatus.FAILED if replay.failure_code else ReplayStatus.DONE


def document_of(replay: Replay) -> ReplayDocument | None:
    """What the replay has found; None until it is done, and where it failed."""
    if status_of(replay) is not ReplayStatus.DONE:
        return None
    return from_json(replay.document, ReplayDocument)


def fit_of(outcome: RedealtMetric, alpha: float) -> AlphaFit:
    """Whether α is among the rates that this many tests are likely to show, or so near that it does not matter."""
    interval = outcome.interval
    if isinstance(interval, NoResult):
        return AlphaFit.UNKNOWN
    if interval.low > NOT_WORTH_A_WORD * alpha:
        return AlphaFit.TOO_OFTEN
    return AlphaFit.TOO_SELDOM if interval.high < alpha else AlphaFit.FITS


def fit_in_words(outcome: RedealtMetric, alpha: float, kind: MetricKind | None) -> str:
    """The same as a sentence for people, with what to do about a metric of this kind."""
    fit, interval = fit_of(outcome, alpha), outcome.interval
    if isinstance(outcome.rate, NoResult) or isinstance(interval, NoResult):
        return "No run had values to test it by: no unit has an event of it, or all have the same value."
    advice = _ADVICE.get(fit) or f"which is too often: {_TOO_OFTEN.get(kind, _CAP_IT)}"
    return (
        f"Where there was nothing to find, it was significant in {outcome.rate:.1%} of {outcome.tests:,} tests "
        f"(between {interval.low:.1%} and {interval.high:.1%}) at a level of {alpha:.1%}, {advice}"
    )


def findings_in_words(document: ReplayDocument, runs: int) -> str:
    """How often the plan as a whole would have found something where there was nothing, in words for people."""
    drawn = ""
    if document.units_in_all is not None:
        drawn = f"Of {document.units_in_all:,} units {document.units:,} were drawn at random, and dealt. "
    return (
        f"{drawn}In {document.false_findings:,} of {runs:,} runs the plan would have called a treatment better or "
        f"worse than control by its primary metric; it promises no more than {document.alpha:.1%}, about "
        f"{document.alpha * runs:,.0f}."
    )


def replays_for(
    replays: QuerySet[Replay],
    author: Author,
    *,
    statuses: Collection[ReplayStatus] | None = None,
    order: ReplayOrder = ReplayOrder.NEWEST,
) -> QuerySet[Replay]:
    """Those of the replays that exist for the author, in this order; every other argument narrows."""
    replays = replays.filter(
        visible(
            author,
            organisation="experiment__environment__project__organisation_id",
            project="experiment__environment__project_id",
            environment="experiment__environment_id",
        )
    )
    if statuses is not None:
        replays = replays.filter(reduce(or_, (_WITH[status] for status in statuses), NOWHERE))
    return replays.order_by(*order.split())
