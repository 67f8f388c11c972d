"""The plan in force as services find it and replace it. Checks no input."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.database.rows import insert
from server.experimentation.locks import LockedExperiment
from server.experimentation.metrics.plans import Pinned, Planned, columns_of, planned_in
from server.experimentation.metrics.selectors import stale
from server.experimentation.models import Computation, ComputationStatus, Experiment, Plan, PlanMetric


@dataclass(frozen=True, slots=True)
class InForce:
    """The plan that counts now, with its metrics in their order; each knows its version, and that its metric."""

    row: Plan
    metrics: tuple[PlanMetric, ...]

    @property
    def planned(self) -> Planned:
        """What it says."""
        return planned_in(self.row, self.metrics)

    @property
    def metric_ids(self) -> set[int]:
        """Its metrics."""
        return {each.version.metric_id for each in self.metrics}

    def as_of_now(self) -> Planned:
        """The same, with the metrics as they are now."""
        pinned = zip(self.planned.metrics, self.metrics, strict=True)
        now = (Pinned(_newest(row), each.role, each.margin, each.margin_scale) for each, row in pinned)
        return Planned(self.planned.terms, tuple(now))


def plan_in_force(experiment: Experiment) -> InForce | None:
    """The experiment's newest plan, which the experiment knows from now on; steady while it is locked."""
    row = Plan.objects.filter(experiment=experiment).order_by("-number").first()
    experiment.plans_in_force = [] if row is None else [row]
    return None if row is None else _with_metrics(row)


def write_plan(
    locked: LockedExperiment, planned: Planned, *, before: InForce | None, author: Author, now: datetime
) -> InForce:
    """Put a plan in force; it remembers what could be known when it was written.

    A first plan changes no judgement: until there was one, no metric had been computed.
    """
    experiment = locked.experiment
    computed = Computation.objects.filter(experiment=experiment, status=ComputationStatus.DONE)
    row = Plan(
        experiment=experiment,
        number=before.row.number + 1 if before else 1,
        created_at=now,
        after_start=experiment.started_at is not None,
        after_results=experiment.started_at is not None and computed.exists(),
        changes_judgement=before is not None and before.planned.judgement != planned.judgement,
        **columns_of(planned.terms),
        **author_columns(author),
    )
    insert(row)
    insert(*(_metric(row, position, pinned) for position, pinned in enumerate(planned.metrics)))
    written = _with_metrics(row)
    experiment.plans_in_force = [row]
    return written


def pin_plan(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """Let a draft that starts be judged by its metrics as they are now."""
    moved = stale(PlanMetric.objects.filter(plan=OuterRef("pk")))
    newest = Plan.objects.filter(experiment=locked.experiment).order_by("-number").annotate(has_moved=Exists(moved))
    row = newest.first()
    if row is None or not row.has_moved:
        return
    before = _with_metrics(row)
    write_plan(locked, before.as_of_now(), before=before, author=author, now=now)


def copy_plan(original: Experiment, locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """Plan an experiment as another one of the project is planned, with the metrics as they are now.

    Archived ones as well: nothing is left out without a word.
    """
    plan = plan_in_force(original)
    if plan is not None:
        write_plan(locked, plan.as_of_now(), before=None, author=author, now=now)


def plan_facts(plan: InForce | None) -> dict[str, Any] | None:
    """What the audit log says of a plan."""
    if plan is None:
        return None
    row = plan.row
    return {
        "number": row.number,
        "metrics": [_metric_facts(each) for each in plan.metrics],
        "scale": row.scale,
        "minimumEffect": row.minimum_effect,
        "alpha": row.alpha,
        "power": row.power,
        "rule": row.rule,
        "expectedDays": row.expected_days,
        "prior": row.prior,
        "correction": row.correction,
        "lookbackDays": row.lookback_days,
        "dimensions": row.dimensions,
        "afterStart": row.after_start,
        "afterResults": row.after_results,
        "changesJudgement": row.changes_judgement,
    }


def _metric_facts(each: PlanMetric) -> dict[str, Any]:
    facts = {
        "metricId": each.version.metric_id,
        "key": each.version.metric.key,
        "version": each.version.number,
        "role": each.role,
    }
    return facts if each.margin is None else facts | {"margin": each.margin, "marginScale": each.margin_scale}


def _with_metrics(row: Plan) -> InForce:
    return InForce(row, tuple(row.measured))


def _metric(row: Plan, position: int, pinned: Pinned) -> PlanMetric:
    return PlanMetric(
        plan=row,
        version_id=pinned.version_id,
        role=pinned.role,
        position=position,
        margin=pinned.margin,
        margin_scale=pinned.margin_scale or "",
    )


def _newest(row: PlanMetric) -> int:
    current = row.version.metric.current_id
    assert current is not None, "a metric that is written has a version"
    return current
