"""Is an experiment's data what its figures take it for? Says so check by check, in words that say what to do.

Pure: reads nothing, computes no figure, and judges no variant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.experimentation.models import Status
from server.experimentation.results.document import ResultsDocument, ScopeFigures
from server.experimentation.results.fairness import too_many
from server.experimentation.results.forgotten import forgotten_check
from server.experimentation.results.health_terms import Health, HealthCheck, HealthCode, HealthStatus, said
from server.experimentation.results.split_health import split_checks
from server.warehouse.times import microseconds_of, moment_of

LONG_WAIT = timedelta(minutes=10)
"""Events that wait longer are worth a look: a worker takes seconds."""

MOST_LAG = timedelta(hours=1)
"""Figures that end longer ago than this, for events that wait, are not what is known by now."""

FIRST_EXPOSURES = timedelta(hours=1)
"""A running experiment that nobody has met for so long has been forgotten by its application."""

SILENCE = timedelta(days=1)
"""So long without an exposure, an experiment has stopped getting them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A computation, without its figures. ``failure`` is empty where it was done."""

    as_of: datetime
    finished_at: datetime
    is_final: bool = False
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Vitals:
    """Everything that the health of an experiment is told from.

    ``every`` is how often results are computed. ``current`` is the last computation that was done, with
    its ``document``, ``latest`` the last at all. ``waiting_since`` is when the oldest event came that is
    not in the warehouse. ``keep_days`` is for how many days it keeps events (0 is for ever), and
    ``lookback_days`` how much of the units' past the plan asks for.
    """

    status: Status
    started_at: datetime | None
    every: timedelta
    current: Attempt | None = None
    latest: Attempt | None = None
    document: ResultsDocument | None = None
    waiting_events: int = 0
    waiting_since: datetime | None = None
    has_plan: bool = True
    plan_changed: bool = False
    keep_days: int = 0
    lookback_days: int = 0


def health_of(vitals: Vitals, *, now: datetime) -> Health:
    """Check everything that can be checked; a draft has nothing that could be wrong."""
    if vitals.started_at is None:
        message = "The experiment has not started: there is nothing to check yet."
        return Health((HealthCheck(HealthCode.RESULTS, HealthStatus.NOT_ENOUGH_DATA, message),))
    checks = [_results(vitals, now), _waiting(vitals, now), _plan(vitals)]
    if vitals.document is not None:
        checks += _of_figures(vitals, vitals.document, vitals.started_at, now)
    return Health(tuple(checks))


def _results(vitals: Vitals, now: datetime) -> HealthCheck:
    status, message = _computing(vitals, now)
    since = vitals.current.finished_at if vitals.current else None
    return HealthCheck(HealthCode.RESULTS, status, message, since=since)


def _computing(vitals: Vitals, now: datetime) -> tuple[HealthStatus, str]:
    current, latest = vitals.current, vitals.latest
    is_old = current is not None and not current.is_final and now - current.finished_at > 2 * vitals.every
    if latest is not None and latest.failure:
        failed = f"The last computation failed at {said(latest.finished_at)}: {latest.failure}"
        if current is None:
            return HealthStatus.PROBLEM, f"{failed} There are no results yet; it is tried again by itself."
        shown = f"Shown are the results as of {said(current.as_of)}; it is tried again by itself."
        return (HealthStatus.PROBLEM if is_old else HealthStatus.WARNING), f"{failed} {shown}"
    if current is None:
        return HealthStatus.NOT_ENOUGH_DATA, "Results have not been computed yet: a worker does so within minutes."
    if is_old:
        message = f"The results are of {said(current.finished_at)}, and newer ones are overdue: does a worker run?"
        return HealthStatus.WARNING, message
    if current.is_final:
        return HealthStatus.OK, "The last results of the completed experiment are there."
    return HealthStatus.OK, f"The results are of {said(current.finished_at)}."


def _waiting(vitals: Vitals, now: datetime) -> HealthCheck:
    since, status = vitals.waiting_since, HealthStatus.OK
    message = "All events that were accepted are in the warehouse."
    if since is not None:
        waiting = f"{vitals.waiting_events:,} accepted events of the environment are not in the warehouse yet"
        message = f"{waiting}: they count with the next results."
        if now - since > LONG_WAIT:
            status = HealthStatus.PROBLEM if now - since > MOST_LAG else HealthStatus.WARNING
            message = f"{waiting}, the oldest since {said(since)}: does a worker run, and reach the warehouse?"
    return HealthCheck(HealthCode.WAITING_EVENTS, status, message, count=vitals.waiting_events, since=since)


def _plan(vitals: Vitals) -> HealthCheck:
    if not vitals.has_plan:
        message = "There is no plan, so no metric is computed and no verdict is given: set one."
        return HealthCheck(HealthCode.PLAN, HealthStatus.WARNING, message)
    if vitals.plan_changed:
        message = (
            "What decides was changed in the plan after there were results to see. The verdict cannot be trusted: "
            "repeat the experiment with this plan."
        )
        return HealthCheck(HealthCode.PLAN, HealthStatus.PROBLEM, message)
    return HealthCheck(HealthCode.PLAN, HealthStatus.OK, "The plan is the one from before there were results.")


def _of_figures(vitals: Vitals, document: ResultsDocument, started: datetime, now: datetime) -> Iterator[HealthCheck]:
    yield _exposures(vitals, document, started, vitals.current.as_of if vitals.current else now)
    yield from split_checks(document)
    yield _several_variants(document.judged)
    units = sum(each.units for phase in document.phases for each in phase.units)
    yield _astray(
        HealthCode.OUTSIDE_PHASE,
        sum(phase.outside for phase in document.phases),
        units,
        "happened before or after the phase that they name",
        "are the times right that the application sends, and does it learn of changes at once?",
    )
    yield _astray(
        HealthCode.UNKNOWN_VARIANTS,
        sum(phase.unknown for phase in document.phases),
        units,
        "name a variant that the experiment does not have",
        "does the application send the variants that the evaluation gave it?",
    )
    if vitals.current is not None:
        yield forgotten_check(
            document.judged,
            computed=microseconds_of(vitals.current.finished_at),
            keep_days=vitals.keep_days,
            lookback_days=vitals.lookback_days,
            goes_on=vitals.status != Status.COMPLETED,
        )


def _exposures(vitals: Vitals, document: ResultsDocument, started: datetime, seen_until: datetime) -> HealthCheck:
    """Of what the figures could have seen: what came later has nothing to say about silence."""
    units = sum(each.units for each in document.judged.units)
    last = None if document.last_exposure is None else moment_of(document.last_exposure)
    status, message = HealthStatus.OK, f"{units:,} units have met the experiment."
    opened = max(started, moment_of(document.judged.opened))
    if units == 0:
        since = f"Nobody has met the experiment since {said(opened)}"
        status, message = HealthStatus.NOT_ENOUGH_DATA, f"{since}."
        if vitals.status == Status.RUNNING and seen_until - opened > FIRST_EXPOSURES:
            status = HealthStatus.WARNING
            message = f"{since}, though it runs: does the application send exposures, and is anybody in the gate?"
    elif vitals.status == Status.RUNNING and last is not None and seen_until - last > SILENCE:
        status = HealthStatus.WARNING
        message = f"The last exposure was at {said(last)}, though the experiment runs: are exposures still sent?"
    return HealthCheck(HealthCode.EXPOSURES, status, message, count=units, since=last)


def _several_variants(judged: ScopeFigures) -> HealthCheck:
    found = judged.quarantined
    everybody = found + sum(each.units for each in judged.units)
    status, message = HealthStatus.OK, "No unit has met several variants."
    if found:
        message = f"{found:,} of {everybody:,} units have met several variants, and are left out."
    if too_many(found, everybody):
        status = HealthStatus.PROBLEM
        message += " That is too many for the others to be trusted: is the targeting key the same on every device?"
    return HealthCheck(HealthCode.SEVERAL_VARIANTS, status, message, count=found)


def _astray(code: HealthCode, found: int, units: int, what: str, advice: str) -> HealthCheck:
    if not found:
        return HealthCheck(code, HealthStatus.OK, f"No exposures {what}.", count=0)
    message = f"{found:,} exposures {what}, and do not count"
    if too_many(found, units):
        return HealthCheck(code, HealthStatus.WARNING, f"{message}: {advice}", count=found)
    return HealthCheck(code, HealthStatus.OK, f"{message}.", count=found)
