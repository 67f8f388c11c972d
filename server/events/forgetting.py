"""Forgets what the outbox need not know any more: ids that were seen long ago, and blocks that are done."""

import time
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


def forget_seen_events(*, now: datetime, seconds: float) -> int:
    """Forget ids that are past the window, the oldest first; how many. No statement locks many rows for long.

    No further portion is begun after so many seconds: what is left is for another time.
    """
    return _forget(_FORGET_EVENTS, now - WINDOW, seconds)


def forget_blocks(*, now: datetime, seconds: float) -> int:
    """Forget blocks that were done long ago, in the same way; how many."""
    return _forget(_FORGET_BLOCKS, now - BLOCKS_KEPT, seconds)


def _forget(sql: Repeated, before: datetime, seconds: float) -> int:
    forgotten: int = 0
    ends = time.monotonic() + seconds
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [before])
            forgotten += cursor.rowcount
            if cursor.rowcount < PORTION or time.monotonic() >= ends:
                return forgotten
