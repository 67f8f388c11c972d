"""The health of an experiment in the API: checks of its data, and what to do. Checks nothing itself."""

from datetime import datetime, timedelta
from typing import Any

import strawberry
from django.conf import settings
from strawberry import Info

import server.schema.experimentation.results.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.models import ComputationStatus, Status
from server.experimentation.results import health_terms
from server.experimentation.results.forgotten import days_kept
from server.experimentation.results.health import Attempt, Vitals, health_of
from server.experimentation.results.health_terms import HealthCode, HealthStatus
from server.experimentation.results.shown import Waiting, document_of, plan_standing, state_of, waiting_events
from server.schema.scalars import Count
from server.schema.statistics.checks import SampleRatioCheckOrNoResult, sample_ratio_check_of
from server.schema.statistics.terms import told

_WAITING = "events that wait"


@strawberry.type(description="One check of an experiment's data.")
class HealthCheck:
    code: HealthCode = strawberry.field(description="What was checked.")
    status: HealthStatus = strawberry.field(description="What came of it.")
    message: str = strawberry.field(description="What came of it and what to do, for people.")
    phase: int | None = strawberry.field(description="The number of the phase that it is about, else null.")
    property: str | None = strawberry.field(description="The property of exposures that it is about, else null.")
    value: str | None = strawberry.field(
        description="The property's value; null for units without it, and where it is about all of its values."
    )
    count: Count | None = strawberry.field(
        description="How many units, exposures or events were found, as `code` says; null where nothing is counted."
    )
    since: datetime | None = strawberry.field(
        description="Of results, when they were computed; of waiting events, the oldest; of exposures, the last."
    )
    split: SampleRatioCheckOrNoResult | None = strawberry.field(
        description="Of a split, its check, or why there is none; null for all others."
    )


@strawberry.type(description="Whether an experiment's data is what its figures take it for.")
class ExperimentHealth:
    status: HealthStatus = strawberry.field(description="The worst of all checks.")
    checks: list[HealthCheck] = strawberry.field(description="Every check that can be made; never empty.")


def experiment_health(experiment: models.Experiment, info: Info, *, now: datetime) -> ExperimentHealth:
    """The health of an experiment as the API tells it."""
    health = health_of(_vitals(experiment, _waiting_in(info).get(experiment.environment_id)), now=now)
    return ExperimentHealth(status=health.status, checks=[_check(each) for each in health.checks])


def _waiting_in(info: Info) -> dict[int, Waiting]:
    """What waits, asked once a request for all environments: a page of experiments takes one statement."""
    kept: dict[str, Any] = vars(info.context)
    if _WAITING not in kept:
        kept[_WAITING] = waiting_events()
    waiting: dict[int, Waiting] = kept[_WAITING]
    return waiting


def _vitals(experiment: models.Experiment, waiting: Waiting | None) -> Vitals:
    state = state_of(experiment)
    current, latest = (state.current, state.latest) if state else (None, None)
    events, since = waiting or (0, None)
    lookback_days, plan_changed = plan_standing(experiment)
    return Vitals(
        status=Status(experiment.status),
        started_at=experiment.started_at,
        every=timedelta(seconds=settings.RESULTS_EVERY_SECONDS),
        current=None if current is None else _attempt(current),
        latest=None if latest is None else _attempt(latest),
        document=None if current is None else document_of(current),
        waiting_events=events,
        waiting_since=since,
        has_plan=lookback_days is not None,
        plan_changed=plan_changed,
        keep_days=days_kept(),
        lookback_days=lookback_days or 0,
    )


def _attempt(computation: models.Computation) -> Attempt:
    return Attempt(
        as_of=computation.as_of,
        finished_at=computation.finished_at,
        is_final=computation.is_final,
        failure=computation.failure_message if computation.status == ComputationStatus.FAILED else "",
    )


def _check(found: health_terms.HealthCheck) -> HealthCheck:
    return HealthCheck(
        code=found.code,
        status=found.status,
        message=found.message,
        phase=found.phase,
        property=found.property,
        value=found.value,
        count=found.count,
        since=found.since,
        split=None if found.split is None else told(found.split, sample_ratio_check_of),
    )
