"""Results in a database, as if a worker had computed them from events that are made up. Asserts nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server.accounts.authored import author_columns
from server.experimentation.models import (
    Computation,
    ComputationStatus,
    Experiment,
    Metric,
    MetricKind,
    MetricRole,
    MetricVersion,
    Phase,
    Plan,
    PlanMetric,
    Trigger,
)
from server.experimentation.results.shown import keep_document
from server.experimentation.results.state import store
from tests.experimentation.acting import start
from tests.experimentation.results.made_up import AS_OF, Seen, a_metric, documented, planned
from tests.experimentation.results.making import OPENED, a_plan
from tests.factories import World

EVEN = {"control": 1_020, "blue": 990, "red": 990}
"""Units of a split that gives control 34 %, and each of two options 33 %."""

METRICS = {"converted": MetricKind.PROPORTION, "revenue": MetricKind.SUM}


def running(world: World, *, name: str | None = None) -> Experiment:
    """An experiment that has run since the first of March."""
    return start(world, world.experiment(name=name) if name else world.experiment(), OPENED)


def with_metric(world: World, key: str, kind: MetricKind = MetricKind.PROPORTION) -> MetricVersion:
    """A metric of the project, in its first version."""
    version = a_metric(key, kind)
    by = author_columns(world.author)
    metric = Metric.objects.create(
        project=world.project, key=key, name=version.metric.name, created_at=OPENED, updated_at=OPENED, **by
    )
    version = MetricVersion.objects.create(
        metric=metric,
        number=1,
        kind=kind,
        higher_is_better=True,
        definition=version.definition,
        created_at=OPENED,
        **by,
    )
    Metric.objects.filter(pk=metric.pk).update(current=version)
    return version


def with_plan(
    world: World,
    experiment: Experiment,
    *,
    metrics: Mapping[str, MetricKind] = METRICS,
    dimensions: Sequence[str] = (),
) -> Plan:
    """A plan for the experiment: the first metric is primary, the others are guardrails."""
    plan = a_plan(experiment=experiment, dimensions=list(dimensions))
    for name, value in author_columns(world.author).items():
        setattr(plan, name, value)
    plan.save()
    for place, (key, kind) in enumerate(metrics.items()):
        found = MetricVersion.objects.filter(metric__project=world.project, metric__key=key).first()
        role = MetricRole.GUARDRAIL if place else MetricRole.PRIMARY
        planned(plan, found or with_metric(world, key, kind), role, place).save()
    return plan


def computed(
    experiment: Experiment, seen: Seen | None = None, *, as_of: datetime = AS_OF, final: bool = False
) -> Computation:
    """Compute and store the results, with the plan that is in force."""
    plan = Plan.objects.filter(experiment=experiment).order_by("-number").first()
    metrics = list(PlanMetric.objects.filter(plan=plan).select_related("version__metric").order_by("position"))
    phases = list(Phase.objects.filter(experiment=experiment).order_by("number"))
    document = documented(experiment, phases, plan, metrics if plan else [], seen or _fair(phases), as_of=as_of)
    computation = _computation(experiment, plan, as_of, is_final=final)
    keep_document(computation, document)
    return store(computation, document.dimensions, now=as_of)


def failed(experiment: Experiment, *, at: datetime = AS_OF + timedelta(hours=1)) -> Computation:
    """Store a computation that failed."""
    plan = Plan.objects.filter(experiment=experiment).order_by("-number").first()
    return store(
        _computation(
            experiment,
            plan,
            at,
            status=ComputationStatus.FAILED,
            failure_code="WAREHOUSE_UNAVAILABLE",
            failure_message="The warehouse does not answer.",
        ),
        now=at,
    )


def with_results(
    world: World, *, seen: Seen | None = None, dimensions: Sequence[str] = (), name: str | None = None
) -> Experiment:
    """An experiment that runs, with a plan and the results of two days."""
    experiment = running(world, name=name)
    with_plan(world, experiment, dimensions=dimensions)
    computed(experiment, seen)
    return experiment


def _fair(phases: Sequence[Phase]) -> Seen:
    """Three thousand units in each phase, by its split."""
    splits = [
        {"control": phase.control_share, **{arm["key"]: arm["basisPoints"] for arm in phase.arms}} for phase in phases
    ]
    return Seen([{variant: 3 * share // 10 for variant, share in split.items()} for split in splits])


def _computation(experiment: Experiment, plan: Plan | None, at: datetime, **columns: object) -> Computation:
    stored: dict[str, object] = {
        "experiment": experiment,
        "plan": plan,
        "status": ComputationStatus.DONE,
        "trigger": Trigger.SCHEDULE,
        "as_of": at,
        "started_at": at,
        "finished_at": at,
        "engine": "duckdb 2.0",
        "inputs": {"waitingEvents": 7, "phases": [1], "warehouse": {"files": 3}},
    }
    return Computation(**(stored | columns))
