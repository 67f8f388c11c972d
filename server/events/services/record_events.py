"""Makes batches of events durable, in the outbox: one copy for any number of them. Reads no event.

PostgreSQL's binary format, because bytes go into it as they are: as a literal of a statement they are written out
in hexadecimal, by this side with Python's lock held and by the other one to be read again. That takes up to four
times as long, and keeps whoever answers for flags in the same process waiting for it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from struct import pack

from django.db import connection

from server.events.reading import Batch

_COPY = """
COPY events_outboxbatch (environment_id, received_at, events, size, lines, digests) FROM STDIN (FORMAT binary)
"""
_BEGINNING = b"PGCOPY\n\xff\r\n\0" + pack("!ii", 0, 0)
_END = pack("!h", -1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_UUID_TYPE = 2950
_UUID_SIZE = pack("!i", 16)
_BYTES_AT_A_TIME = 64 * 1024


def record_events(*, environment_id: int, batch: Batch, now: datetime) -> None:
    """Put a batch into the outbox; it is durable once the caller's transaction is, or at once where there is none.

    Raises:
        IntegrityError: there is no such environment.
    """
    record_batches([(environment_id, batch)], now=now)


def record_batches(given: Sequence[tuple[int, Batch]], *, now: datetime) -> None:
    """The same for batches of several environments: all of them, or none. A batch without events leaves no row.

    Raises:
        IntegrityError: one of the environments does not exist.
    """
    full = [(environment_id, batch) for environment_id, batch in given if batch.events]
    if not full:
        return
    received_at = (now - _EPOCH) // timedelta(microseconds=1)
    rows = [part for environment_id, batch in full for part in _row(environment_id, received_at, batch)]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(_COPY, BytesIO(b"".join([_BEGINNING, *rows, _END])), _BYTES_AT_A_TIME)


def _row(environment_id: int, received_at: int, batch: Batch) -> Iterator[bytes]:
    """The number of columns, and each with its length before it."""
    size, count = len(batch.lines), batch.events
    yield pack("!hiqiqiiiii", 6, 8, environment_id, 8, received_at, 4, count, 4, size, size)
    yield batch.lines
    digests = bytes.fromhex("".join(batch.digests))
    yield pack("!iiiIii", 20 + 20 * count, 1, 0, _UUID_TYPE, count, 1)
    yield b"".join([_UUID_SIZE + digests[start : start + 16] for start in range(0, 16 * count, 16)])
