"""What workers do for events: they move the outbox on, and forget what is old. Decides nothing about an event.

A pass looks whether there is enough to move, and enqueues the job that moves it; one that fails has its next
turn with the next pass.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from server.database.repeated import Repeated
from server.events.forgetting import forget_blocks, forget_seen_events
from server.events.move import move_blocks
from server.warehouse.engine import ReadOnlyWarehouse, WarehouseUnavailable
from server.warehouse.open import warehouse
from server.work.passes import every

logger = logging.getLogger("fairsplit.events")

ENOUGH_EVENTS = 50_000
LONG_ENOUGH = timedelta(seconds=5)
"""The outbox is moved when it has so many events, or one has waited for so long: files are better large than many."""

AFTER_A_FAILURE = timedelta(seconds=30)
SECONDS_TO_FORGET = 3.0
"""In one turn: for so long no other pass has its own."""

JOBS_KEPT = timedelta(hours=1)
"""One is done every few seconds, and nobody looks at one that went well."""

# How much is waiting is not asked: the oldest thousand batches say whether it is enough.
_OLDEST = Repeated("""
SELECT min(received_at), coalesce(sum(events), 0)
FROM (SELECT received_at, events FROM events_outboxbatch ORDER BY id LIMIT 1000) AS oldest
""")

_said: set[str] = set()
"""What this process has logged about a warehouse that takes nothing, and that still holds."""


@task()
def move_outbox() -> None:
    """Move what waits into the warehouse, unless somebody else does."""
    try:
        move_blocks(warehouse(), clock=timezone.now)
    except (WarehouseUnavailable, ReadOnlyWarehouse) as problem:
        _say_once(problem)
    except Exception:
        logger.exception("events cannot be moved into the warehouse; they wait in the outbox")
        raise
    else:
        if _said:
            logger.info("the warehouse takes events again")
        _said.clear()


@every(timedelta(seconds=2))
def keep_the_outbox_moving(*, now: datetime) -> None:
    """Have the outbox moved where it is worth it, unless that is under way, or has just failed."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        oldest, events = cursor.fetchone()
    if oldest is None or (events < ENOUGH_EVENTS and now - oldest < LONG_ENOUGH):
        return
    jobs = DBTaskResult.objects.filter(task_path=move_outbox.module_path)
    under_way = Q(status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING])
    just_failed = Q(status=TaskResultStatus.FAILED, finished_at__gt=now - AFTER_A_FAILURE)
    if not jobs.filter(under_way | just_failed).exists():
        move_outbox.enqueue()


@every(timedelta(seconds=10))
def forget_what_is_old(*, now: datetime) -> None:
    """All of it, or what can be done in a turn: that is more than a worker can have moved since the last one."""
    forget_seen_events(now=now, seconds=SECONDS_TO_FORGET)
    forget_blocks(now=now, seconds=0)
    jobs = DBTaskResult.objects.successful().filter(task_path=move_outbox.module_path)
    jobs.filter(finished_at__lt=now - JOBS_KEPT).delete()


def _say_once(problem: Exception) -> None:
    if str(problem) not in _said:
        _said.add(str(problem))
        logger.error("the warehouse takes no events; they wait in the outbox: %s", problem)
