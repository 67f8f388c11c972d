"""What users do with metrics and plans, through the services and in few words; asserts nothing."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.metrics.plans import PlanRequest, PlanTerms
from server.experimentation.models import Computation, ComputationStatus, Experiment, Metric, MetricKind, Trigger
from server.experimentation.services.archive_metric import archive_metric
from server.experimentation.services.create_metric import NewMetric, create_metric
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.services.update_metric import update_metric
from server.experimentation.stats.terms import Scale
from server.warehouse.questions.terms import Aggregate
from tests.factories import NOW, World, done

_number = count(1)

BOUGHT = Definition(MetricKind.PROPORTION, Measured("purchase"))
REVENUE = Definition(MetricKind.SUM, Measured("purchase", Aggregate.SUM), window_hours=24.0, winsorise=9_900)  # type: ignore[arg-type]
TERMS = PlanTerms(Scale.RELATIVE, 0.05)


def new_metric(world: World, definition: Definition = BOUGHT, **fields: Any) -> Metric:
    """A metric of the world's project."""
    key = fields.pop("key", None) or f"metric-{next(_number)}"
    request = NewMetric(
        project_id=world.project.pk, key=key, name=fields.pop("name", key), definition=definition, **fields
    )
    return create_metric(request=request, author=world.author, now=NOW)


def change_metric(world: World, metric: Metric, now: datetime = NOW, **changes: Any) -> Metric:
    return update_metric(metric_id=metric.pk, author=world.author, now=now, **changes)


def redefine(world: World, metric: Metric, event: str = "sale") -> Metric:
    """Let the metric be of another event."""
    return change_metric(world, metric, definition=replace(BOUGHT, measured=Measured(event)))


def put_metric_away(world: World, metric: Metric, archived: bool = True) -> Metric:
    return archive_metric(metric_id=metric.pk, archived=archived, author=world.author, now=NOW)


def plan_of(primary: Metric, terms: PlanTerms = TERMS, **fields: Any) -> PlanRequest:
    """A plan with this primary metric."""
    return PlanRequest(primary.pk, terms, **fields)


def set_plan(
    world: World,
    experiment: Experiment,
    plan: PlanRequest,
    expected_version: int | None = None,
    now: datetime = NOW,
) -> Experiment:
    return done(
        set_experiment_plan(
            experiment_id=experiment.pk, plan=plan, expected_version=expected_version, author=world.author, now=now
        )
    )


def compute(experiment: Experiment, status: ComputationStatus = ComputationStatus.DONE) -> Computation:
    """Results that could be seen, or a failure to compute any; what they are does not matter."""
    is_done = status is ComputationStatus.DONE
    return Computation.objects.create(
        experiment=experiment,
        number=experiment.computations.count() + 1,
        status=status,
        trigger=Trigger.SCHEDULE,
        as_of=NOW,
        started_at=NOW,
        finished_at=NOW,
        document={} if is_done else None,
        failure_code="" if is_done else "BROKEN",
    )
