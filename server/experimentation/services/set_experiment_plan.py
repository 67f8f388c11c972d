"""Setting how an experiment is to be judged, first or again."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.database.rows import update
from server.errors import InvalidInput
from server.experimentation.locks import lock_experiment
from server.experimentation.metrics.plan_checking import plan_problems
from server.experimentation.metrics.plan_rows import plan_facts, plan_in_force, write_plan
from server.experimentation.metrics.plans import PlanRequest, planned_of
from server.experimentation.models import Experiment, Metric, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import ExperimentCompleted
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def set_experiment_plan(
    *,
    experiment_id: int,
    plan: PlanRequest,
    expected_version: int | None = None,
    dry_run: bool = False,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    """Set the whole plan, with its metrics as they are now. Nothing is served differently.

    A plan is fixed by the start: a later one is accepted, keeps that it came later, and whoever
    reads the results is told. No plan is ever changed or removed: this one is the newest.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: with every problem of the plan.
        VersionMoved: the experiment is not at the expected version.
        ExperimentCompleted: the experiment is over.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    before = plan_in_force(experiment)
    metrics = Metric.objects.filter(project_id=locked.flag.feature.project_id).in_bulk(plan.metric_ids)
    already = before.metric_ids if before else set()
    if problems := plan_problems(plan, metrics, already=already):
        raise InvalidInput(problems)
    refuse_if_moved(expected=expected_version, actual=experiment.version, reference=locked.reference)
    planned = planned_of(plan, {pk: metric.current_id for pk, metric in metrics.items() if metric.current_id})
    if before is not None and planned == before.planned:
        return answered(locked, dry_run=dry_run)
    if experiment.status == Status.COMPLETED:
        raise ExperimentCompleted(experiment)
    facts = experiment_facts(locked)
    after = write_plan(locked, planned, before=before, author=author, now=now)
    experiment.version, experiment.updated_at = experiment.version + 1, now
    update(experiment, "version", "updated_at")
    record(
        author=author,
        action="experiment.set_plan",
        scope=locked.flag.scope,
        object=locked.reference,
        before=facts | {"plan": plan_facts(before)},
        after=facts | {"plan": plan_facts(after)},
        now=now,
    )
    return answered(locked, dry_run=dry_run)
