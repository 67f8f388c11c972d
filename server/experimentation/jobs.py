"""What workers do for experiments: scheduled ramps, results and replays. Decides nothing: the services do.

A job is a wake-up: it may come twice, late, or not at all. The pass does what no job has done.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from server.events.jobs import move_outbox
from server.experimentation.models import Experiment, Replay, ScheduledRamp
from server.experimentation.results.keeping import thin_out_computations
from server.experimentation.results.state import claim_due
from server.experimentation.services.carry_out_ramp import carry_out_ramp, due_ramps
from server.experimentation.services.give_up_replay import give_up_replay
from server.work.passes import every

logger = logging.getLogger("fairsplit.work")


def wake_up_for(ramp: ScheduledRamp) -> None:
    """Have a worker carry out the ramp when it is due; counts only if the transaction commits."""
    ramp_when_due.using(run_after=ramp.due_at).enqueue(ramp.pk)


@task()
def ramp_when_due(ramp_id: int) -> None:
    """Carry out a ramp, unless that is done, cancelled, or too early."""
    carry_out_ramp(ramp_id=ramp_id, now=timezone.now())


@every(timedelta(minutes=1))
def carry_out_due_ramps(*, now: datetime) -> None:
    """Carry out what is due and was not: each in a transaction of its own, in the order of their times."""
    for ramp_id in due_ramps(now=now):
        try:
            carry_out_ramp(ramp_id=ramp_id, now=now)
        except Exception:
            logger.exception("the scheduled ramp %s failed; its next try is in a minute", ramp_id)


def compute_now(experiment: Experiment) -> None:
    """Have a worker compute the experiment's results; counts only if the transaction commits."""
    compute_results_of.enqueue(experiment.pk)


@task()
def compute_results_of(experiment_id: int) -> None:
    """Compute and store an experiment's results, unless somebody does so already, or they are final.

    What waits in the outbox is moved first, if nobody else moves it. A block that cannot be moved stops nobody's
    results: figures are as of the oldest event that waits, and the move has said what is wrong.
    """
    with suppress(Exception):
        move_outbox.func()
    _late("server.experimentation.results.compute").compute_results(
        experiment_id=experiment_id, warehouse=_late("server.warehouse.open").warehouse(), now=timezone.now()
    )


@every(timedelta(minutes=1))
def compute_due_results(*, now: datetime) -> None:
    """Have the results computed that are due: of experiments that have started, until their last ones are there."""
    for experiment_id in claim_due(now=now):
        compute_results_of.enqueue(experiment_id)


@every(timedelta(hours=1))
def forget_old_computations(*, now: datetime) -> None:
    """A few thousand at a time, so that no other pass waits long."""
    thin_out_computations(now=now, most_portions=10)


def replay_now(replay: Replay) -> None:
    """Have a worker carry out the replay; counts only if the transaction commits."""
    carry_out_replay_of.enqueue(replay.pk)


@task()
def carry_out_replay_of(replay_id: int) -> None:
    """Deal an experiment's units anew, unless that has been done."""
    _late("server.experimentation.results.replay").carry_out_replay(
        replay_id=replay_id, warehouse=_late("server.warehouse.open").warehouse(), now=timezone.now()
    )


@every(timedelta(minutes=1))
def look_after_replays(*, now: datetime) -> None:
    """Have those carried out that have lost their job, and give up those whose job has failed: it may be what fails.

    Who asks again gets another one. Under its lock no replay ends, and so no job of it that is under way.
    """
    with transaction.atomic():
        waiting = list(Replay.objects.select_for_update(skip_locked=True).filter(finished_at=None))
        statuses = _statuses_of_jobs(carry_out_replay_of.module_path) if waiting else {}
        for replay in waiting:
            found = statuses.get(replay.pk, set())
            if found & {TaskResultStatus.READY, TaskResultStatus.RUNNING}:
                continue
            if TaskResultStatus.FAILED in found:
                give_up_replay(replay, now=now)
            else:
                replay_now(replay)


def _statuses_of_jobs(task_path: str) -> dict[int, set[str]]:
    """How the jobs stand that do this, by the id that each was given."""
    found: dict[int, set[str]] = {}
    for call, status in DBTaskResult.objects.filter(task_path=task_path).values_list("args_kwargs", "status"):
        found.setdefault(call["args"][0], set()).add(status)
    return found


def compute_baselines_now(environment_id: int) -> None:
    """Have a worker compute an environment's baselines, unless a job that does so waits already.

    Counts only if the transaction commits. Two at once may both enqueue one, unless the environment is locked.
    """
    waiting = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY,
        task_path=compute_baselines_of.module_path,
        args_kwargs__args=[environment_id],
    )
    if not waiting.exists():
        compute_baselines_of.enqueue(environment_id)


@task()
def compute_baselines_of(environment_id: int) -> None:
    """Compute what the metrics come to in an environment, without any experiment."""
    _late("server.experimentation.results.baselines").refresh_baselines(
        environment_id=environment_id, warehouse=_late("server.warehouse.open").warehouse(), now=timezone.now()
    )


@every(timedelta(minutes=5))
def compute_due_baselines(*, now: datetime) -> None:
    """Have the baselines computed that are a day old, or are missing."""
    for environment_id in _late("server.experimentation.results.baselines").environments_due(now=now):
        compute_baselines_now(environment_id)


def _late(module: str) -> Any:
    """A module of ours that loads the warehouse's engine: only workers need it, and who enqueues a job is none."""
    return import_module(module)
