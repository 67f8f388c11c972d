"""Setting the times at which the gate of an experiment is to widen."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.errors import InvalidInput
from server.experimentation.jobs import wake_up_for
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, RampStatus, ScheduledRamp, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.ramps import Ramp, pending_ramps, ramp_problems, record_ramps, settle
from server.experimentation.refusals import ExperimentCompleted, RolloutMissing


@transaction.atomic(durable=True)
def schedule_experiment_ramps(
    *, experiment_id: int, ramps: Sequence[Ramp], dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Set the whole schedule: what was still to come is cancelled.

    A ramp is carried out at its time, or late where nothing ran then; one that the rules do not
    allow at that moment, because the experiment is paused or its gate is as wide, is skipped.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: times that have passed or do not ascend, percentages that do not widen.
        ExperimentCompleted: the experiment is over.
        RolloutMissing: the experiment has no gate yet.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    if locked.rollout is not None and (problems := ramp_problems(ramps, gate=locked.gate, now=now)):
        raise InvalidInput(problems)
    if experiment.status == Status.COMPLETED:
        raise ExperimentCompleted(experiment)
    if locked.rollout is None:
        raise RolloutMissing(experiment)
    replaced = pending_ramps(experiment)
    settle(replaced, RampStatus.CANCELLED, now=now)
    scheduled = ScheduledRamp.objects.bulk_create(
        ScheduledRamp(
            experiment=experiment,
            percentage=ramp.percentage,
            due_at=ramp.at,
            created_at=now,
            **author_columns(author),
        )
        for ramp in ramps
    )
    for ramp in scheduled:
        wake_up_for(ramp)
    record_ramps(locked, "experiment.schedule_ramps", replaced, scheduled, author=author, now=now)
    return answered(locked, dry_run=dry_run)
