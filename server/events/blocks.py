"""The two transactions around a block: one settles what belongs to it, one says that it is done. Touches no warehouse.

Both hold a lock that only one mover can have, so that they are right also if a mover lost its session, and
its other lock with it, in the middle of a block.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from server.database.repeated import Repeated
from server.database.rows import insert, update
from server.events.models import Block
from server.warehouse.engine import Warehouse

MOST_EVENTS = 200_000
MOST_BYTES = 64 * 1024 * 1024
MOST_BATCHES = 20_000
"""Of one block. It begins with the oldest batch, and takes those after it until one of these is reached."""

MOVING = "fairsplit moves events"
# Nobody waits for a block, and a statement that took a slow disk too long would be tried for ever.
_SETTINGS = "set_config('statement_timeout', '10min', true), set_config('work_mem', '64MB', true)"
_TRY = Repeated(f"SELECT {_SETTINGS}, pg_try_advisory_xact_lock(hashtextextended('{MOVING}', 0))")

_CHOOSE = Repeated(f"""
SELECT id, events FROM (
    SELECT id, events, sum(events) OVER before AS events_before, sum(size) OVER before AS bytes_before
    FROM (
        SELECT id, events, size FROM events_outboxbatch WHERE block_id IS NULL ORDER BY id LIMIT {MOST_BATCHES}
    ) AS oldest
    WINDOW before AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) AS summed
WHERE coalesce(events_before, 0) + events <= {MOST_EVENTS} AND coalesce(bytes_before, 0) < {MOST_BYTES}
   OR events_before IS NULL
""")

_TAKE = Repeated("UPDATE events_outboxbatch SET block_id = %s::bigint WHERE id = ANY(%s::bigint[])")

# Of the events with one id, the first in the block is stored, if none was taken over before. It is written
# without a join: PostgreSQL cannot know how long the lists of digests are, and might choose the wrong one.
_REMEMBER = Repeated("""
WITH given AS MATERIALIZED (
    SELECT batch.environment_id, event.digest, batch.id AS batch, event.place - 1 AS place,
        row_number() OVER (PARTITION BY batch.environment_id, event.digest ORDER BY batch.id, event.place) AS nth
    FROM events_outboxbatch AS batch, UNNEST(batch.digests) WITH ORDINALITY AS event (digest, place)
    WHERE batch.block_id = %s::bigint
), remembered AS (
    INSERT INTO events_seenevent (environment_id, digest, seen_at)
    SELECT environment_id, digest, %s::timestamptz FROM given WHERE nth = 1
    ON CONFLICT DO NOTHING RETURNING environment_id, digest
), duplicates AS (
    SELECT batch, jsonb_agg(place ORDER BY place) AS places FROM given
    WHERE nth > 1 OR (environment_id, digest) NOT IN (SELECT environment_id, digest FROM remembered)
    GROUP BY batch
)
SELECT coalesce(jsonb_object_agg(batch, places), '{}')::text FROM duplicates
""")

_KEEP_DUPLICATES = Repeated("UPDATE events_block SET duplicates = %s::jsonb WHERE id = %s::bigint")

_COUNT = Repeated("""
INSERT INTO events_intake AS intake (environment_id, day, stored, duplicates, last_received_at)
SELECT batch.environment_id, (batch.received_at AT TIME ZONE 'UTC')::date,
    sum(batch.events - coalesce(jsonb_array_length(seen.places), 0)),
    sum(coalesce(jsonb_array_length(seen.places), 0)),
    max(batch.received_at)
FROM events_outboxbatch AS batch
LEFT JOIN (
    SELECT key::bigint AS batch, value AS places
    FROM jsonb_each((SELECT duplicates FROM events_block WHERE id = %s::bigint))
) AS seen ON seen.batch = batch.id
WHERE batch.block_id = %s::bigint
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (environment_id, day) DO UPDATE SET
    stored = intake.stored + excluded.stored,
    duplicates = intake.duplicates + excluded.duplicates,
    last_received_at = greatest(intake.last_received_at, excluded.last_received_at)
""")

_DELETE = Repeated("DELETE FROM events_outboxbatch WHERE block_id = %s::bigint")


class AnotherMover(Exception):
    """Somebody else moves events: there is nothing to do here."""


@transaction.atomic
def prepare_block(*, now: datetime) -> Block | None:
    """The block to move next: one that was prepared before and is not done, else a new one, if anything waits.

    Raises:
        AnotherMover: there is one.
    """
    _be_the_only_one()
    unfinished = Block.objects.filter(done_at=None).order_by("pk").first()
    if unfinished is not None:
        return unfinished
    chosen = _run(_CHOOSE)
    if not chosen:
        return None
    block = Block(prepared_at=now, done_at=None, events=sum(events for _, events in chosen))
    insert(block)
    _run(_TAKE, block.pk, [batch for batch, _ in chosen])
    ((duplicates,),) = _run(_REMEMBER, block.pk, now)
    block.duplicates = json.loads(duplicates)
    if block.duplicates:
        _run(_KEEP_DUPLICATES, duplicates, block.pk)
    return block


@transaction.atomic
def finish_block(block_id: int, appended: Sequence[Any], *, warehouse: Warehouse, now: datetime) -> None:
    """Make what was appended count, and have nothing left of the block but that it is done. Done twice is done once.

    Raises:
        AnotherMover: there is one.
        WarehouseUnavailable: what was appended is lost: the block has to be moved again.
    """
    _be_the_only_one()
    block = Block.objects.select_for_update().get(pk=block_id)
    if block.done_at is not None:
        return
    warehouse.publish(appended, now=now)
    _run(_COUNT, block.pk, block.pk)
    _run(_DELETE, block.pk)
    block.done_at = now
    update(block, "done_at")


def _be_the_only_one() -> None:
    ((*_, alone),) = _run(_TRY)
    if not alone:
        raise AnotherMover


def _run(sql: Repeated, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
