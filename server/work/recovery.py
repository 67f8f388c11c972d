"""Gives jobs back whose worker is gone, so that another worker does them. Never touches a job whose worker lives."""

import logging

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.work.liveness import is_gone

logger = logging.getLogger("fairsplit.work")

MOST_ATTEMPTS = 5


class WorkerLost(Exception):
    """Every worker that took the job was gone before the job was done: the job may be what ends them."""


@transaction.atomic
def give_back_lost_jobs() -> None:
    """Make the jobs ready again that a worker took and did not live to finish."""
    for job in DBTaskResult.objects.running().select_for_update(skip_locked=True):
        if is_gone(job.worker_ids[-1]):
            _give_back(job)


@transaction.atomic
def give_back_jobs_of(worker_id: str) -> None:
    """The same for a worker that knows that it has no job in hand: it lost the database in the middle of one."""
    for job in DBTaskResult.objects.running().filter(worker_ids__contains=[worker_id]).select_for_update():
        if job.worker_ids[-1] == worker_id:
            _give_back(job)


def _give_back(job: "DBTaskResult[..., object]") -> None:
    if len(job.worker_ids) >= MOST_ATTEMPTS:
        job.set_failed(WorkerLost(f"{len(job.worker_ids)} workers began it, and none ended it"))
        logger.error("job %s (%s) is given up: %s workers were lost with it", job.id, job.task_path, MOST_ATTEMPTS)
        return
    job.status = TaskResultStatus.READY
    job.save(update_fields=["status"])
    logger.warning("job %s (%s) is ready again: its worker %s is gone", job.id, job.task_path, job.worker_ids[-1])
