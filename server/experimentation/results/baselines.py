"""What the metrics of a project come to in an environment without any experiment: what sample sizes are planned with.

Once a day, or when somebody asks: one look at the events for all metrics of an environment that look as far back.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import F, Q

from server.events.models import Intake
from server.experimentation.metrics.definitions import question_of
from server.experimentation.models import Baseline, MetricVersion
from server.experimentation.results.encoding import to_json
from server.experimentation.results.samples import sample_of
from server.experimentation.stats.analysis import Sample, levels_of
from server.experimentation.stats.reasons import NoResult
from server.projects.models import Environment
from server.warehouse.engine import Warehouse, WarehouseUnavailable
from server.warehouse.questions.answers import BaselineAnswer
from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.unit_table import whole_window
from server.warehouse.times import DAY, microseconds_of

logger = logging.getLogger("fairsplit.results")

DAYS = 14
"""Whose first event counts: of two whole weeks, as weekdays differ. A retention follows them to its window's end."""

KEPT = timedelta(days=1)


def compute_baselines(*, environment_id: int, warehouse: Warehouse, now: datetime) -> list[Baseline]:
    """Compute and store the baseline of every metric of the environment's project, as it is defined now.

    Raises:
        WarehouseUnavailable: what was stored before stays.
    """
    versions = list(
        MetricVersion.objects.filter(
            metric__project__environments=environment_id, metric__current=F("pk"), metric__archived_at=None
        ).order_by("pk")
    )
    far: dict[int, list[MetricVersion]] = {}
    for version in versions:
        far.setdefault(_days(version), []).append(version)
    baselines = [
        baseline
        for days, those in far.items()
        for baseline in _found(environment_id, those, warehouse, days=days, now=now)
    ]
    with transaction.atomic():
        return Baseline.objects.bulk_create(
            baselines,
            update_conflicts=True,
            unique_fields=["environment", "version"],
            update_fields=["computed_at", "days", "units", "units_per_day", "sums", "reason", "engine"],
        )


def environments_due(*, now: datetime) -> list[int]:
    """The environments with recent events, whose project has a metric without a baseline of the last day."""
    recent: date = (now - timedelta(days=DAYS)).date()
    active = Intake.objects.filter(day__gte=recent).values("environment_id")
    fresh = Baseline.objects.filter(computed_at__gt=now - KEPT)
    lacking = MetricVersion.objects.filter(Q(metric__current=F("pk")), metric__archived_at=None)
    found = []
    for environment in Environment.objects.filter(pk__in=active).order_by("pk"):
        have = fresh.filter(environment=environment).values("version_id")
        if lacking.filter(metric__project_id=environment.project_id).exclude(pk__in=have).exists():
            found.append(environment.pk)
    return found


def refresh_baselines(*, warehouse: Warehouse, environment_id: int, now: datetime) -> None:
    """Compute the baselines of an environment; a warehouse that is away is said, and tried again within the hour."""
    try:
        compute_baselines(environment_id=environment_id, warehouse=warehouse, now=now)
    except WarehouseUnavailable as problem:
        logger.warning("the baselines of environment %s were not computed: %s", environment_id, problem)


def _days(version: MetricVersion) -> int:
    """How far back the metric looks: who came last of those that count has to be followed for its whole window."""
    question = question_of(version, lookback_days=0)
    return DAYS + (ceil(whole_window(question) / DAY) if question.whole_window else 0)


def _found(
    environment_id: int, versions: Sequence[MetricVersion], warehouse: Warehouse, *, days: int, now: datetime
) -> list[Baseline]:
    arrived = now - warehouse.lag
    since, until = microseconds_of(arrived - timedelta(days=days)), microseconds_of(arrived)
    questions = [question_of(version, lookback_days=0) for version in versions]
    with warehouse.session(environment_id, since=since, until=until) as session:
        answer = ask_baseline(session, questions, environment_id=environment_id, since=since, until=until)
        engine = session.engine
    return [
        _baseline(environment_id, version, sample_of(question, found), answer, days=days, engine=engine, now=now)
        for version, question, found in zip(versions, questions, answer.metrics, strict=True)
    ]


def _baseline(
    environment_id: int,
    version: MetricVersion,
    sample: Sample,
    answer: BaselineAnswer,
    *,
    days: int,
    engine: str,
    now: datetime,
) -> Baseline:
    (level,), _ = levels_of([sample])
    return Baseline(
        environment_id=environment_id,
        version=version,
        computed_at=now,
        days=days,
        units=answer.units,
        units_per_day=answer.units_per_day,
        sums=to_json(sample),
        reason=level.reason.value if isinstance(level, NoResult) else "",
        engine=engine,
    )
