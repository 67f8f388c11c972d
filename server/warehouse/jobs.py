"""What workers do for the warehouse: keep it fast, and forget what is too old. Moves no event into it.

The passes are short: what may take long is a job, of which there is one at a time.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from server.warehouse.engine import ReadOnlyWarehouse
from server.warehouse.open import warehouse
from server.warehouse.times import microseconds_of
from server.work.passes import every

NOT_DONE = [TaskResultStatus.READY, TaskResultStatus.RUNNING]


@task()
def tidy_warehouse() -> None:
    """Merge small files, remove what nobody reads: whatever keeps this warehouse fast."""
    with suppress(ReadOnlyWarehouse):
        warehouse().tidy(now=timezone.now())


@task()
def forget_old_events() -> None:
    """Remove events that happened longer ago than they are kept."""
    now = timezone.now()
    kept_since = now - timedelta(days=settings.WAREHOUSE_KEEP_DAYS)
    with suppress(ReadOnlyWarehouse):
        warehouse().forget_before(microseconds_of(kept_since), now=now)


@every(timedelta(minutes=10))
def have_warehouse_tidied(*, now: datetime) -> None:
    """Enqueue the job, unless the last one is not done."""
    _enqueue_alone(tidy_warehouse)


@every(timedelta(days=1))
def have_old_events_forgotten(*, now: datetime) -> None:
    """Enqueue the job where events are not kept for ever, unless the last one is not done."""
    if settings.WAREHOUSE_KEEP_DAYS:
        _enqueue_alone(forget_old_events)


def _enqueue_alone(job: "Task[[], None]") -> None:
    if not DBTaskResult.objects.filter(task_path=job.module_path, status__in=NOT_DONE).exists():
        job.enqueue()
