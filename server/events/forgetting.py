"""Forgets what the outbox need not know any more: ids that were seen long ago, and blocks that are done."""

from datetime import datetime, timedelta

from django.db import connection

from server.database.repeated import Repeated

WINDOW = timedelta(hours=72)
"""For at least so long after it was taken over, an event that comes again does not count."""

BLOCKS_KEPT = timedelta(days=7)
"""For whoever looks into what happened."""

PORTION = 10_000

# By the place of the row: for a join PostgreSQL might read the whole table.
_FORGET_EVENTS = Repeated(f"""
DELETE FROM events_seenevent WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM events_seenevent WHERE seen_at < %s::timestamptz ORDER BY seen_at LIMIT {PORTION}
))
""")

_FORGET_BLOCKS = Repeated(f"""
DELETE FROM events_block WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM events_block WHERE done_at < %s::timestamptz ORDER BY id LIMIT {PORTION}
))
""")


def forget_seen_events(*, now: datetime, most_portions: int) -> int:
    """Forget ids that are past the window, the oldest first; how many. No statement locks many rows for long."""
    return _forget(_FORGET_EVENTS, now - WINDOW, most_portions)


def forget_blocks(*, now: datetime, most_portions: int) -> int:
    """Forget blocks that were done long ago; how many."""
    return _forget(_FORGET_BLOCKS, now - BLOCKS_KEPT, most_portions)


def _forget(sql: Repeated, before: datetime, most_portions: int) -> int:
    forgotten = 0
    for _ in range(most_portions):
        with connection.cursor() as cursor:
            cursor.execute(sql, [before])
            forgotten += cursor.rowcount
            if cursor.rowcount < PORTION:
                break
    return forgotten
