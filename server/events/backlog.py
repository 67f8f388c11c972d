"""How much waits in the outbox, and since when: what operators watch, and what makes doors push back. Moves nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Sum

from server.database.repeated import Repeated
from server.events.models import Block, OutboxBatch
from server.warehouse.open import is_read_only

BYTES_OF_A_BATCH = 200
BYTES_OF_AN_EVENT = 16
"""What they take in PostgreSQL beside their lines, about."""

BATCHES_COUNTED = 100_000
"""For whether the outbox is full, so many are added up. Where more wait, pages chosen at random stand for the rest."""

BYTES_LOOKED_AT = 16 * 1024 * 1024
"""In these pages."""

# Each process looks each second: it must not cost more when much waits, or has gone and left its room. The rows of a
# few large batches may lie in one page of many empty ones: there is no guessing by pages before there are many rows.
_BYTES = f"coalesce(sum(size::bigint + {BYTES_OF_AN_EVENT} * events + {BYTES_OF_A_BATCH}), 0)"
_SIZE = "pg_relation_size('events_outboxbatch')"
_GUESSED = f"""
SELECT {_BYTES} * greatest(1, {_SIZE} / {BYTES_LOOKED_AT}.0)
FROM events_outboxbatch TABLESAMPLE SYSTEM (least(100, 100.0 * {BYTES_LOOKED_AT} / greatest(1, {_SIZE})))
"""
_WAITING = f"""
SELECT CASE WHEN count(*) < {BATCHES_COUNTED} THEN {_BYTES} ELSE greatest({_BYTES}, ({_GUESSED})) END
FROM (SELECT size, events FROM events_outboxbatch ORDER BY id LIMIT {BATCHES_COUNTED}) AS first
"""
# What lies on the disk is known without reading it; only where that is a lot is it asked what waits.
_IS_FULL = Repeated(f"""
SELECT CASE WHEN pg_total_relation_size('events_outboxbatch') < %s::bigint THEN false
    ELSE ({_WAITING}) >= %s::bigint
END
""")


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. ``moving_since`` is when the block was prepared that is on its way: long ago, if it cannot go on."""

    batches: int
    events: int
    bytes: int
    oldest_received_at: datetime | None
    moving_since: datetime | None

    def lag(self, *, now: datetime) -> timedelta:
        """For how long the oldest has waited; nothing waits for no time."""
        return now - self.oldest_received_at if self.oldest_received_at else timedelta(0)


def backlog(environment_id: int | None = None) -> Backlog:
    """What waits of one environment, or of all. ``moving_since`` is the same for every one: all go one way."""
    batches = OutboxBatch.objects.all()
    if environment_id is not None:
        batches = batches.filter(environment_id=environment_id)
    waiting = batches.aggregate(
        batches=Count("pk"), events=Sum("events", default=0), bytes=Sum("size", default=0), oldest=Min("received_at")
    )
    moving = Block.objects.filter(done_at=None).aggregate(since=Min("prepared_at"))
    return Backlog(waiting["batches"], waiting["events"], waiting["bytes"], waiting["oldest"], moving["since"])


def is_full() -> bool:
    """Whether so much waits (``OUTBOX_MAX_BYTES``) that no door may take more before some of it has gone."""
    most = settings.OUTBOX_MAX_BYTES
    with connection.cursor() as cursor:
        cursor.execute(_IS_FULL, [most, most])
        (full,) = cursor.fetchone()
    return bool(full)


def accepts_events() -> bool:
    """Whether events have somewhere to go: not where the warehouse is only read. Asks nobody but the settings."""
    return not is_read_only()
