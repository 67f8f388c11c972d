"""Work that only one process may do at a time, for longer than a transaction. Waits for nobody.

The lock is the session's: no transaction is open meanwhile, and PostgreSQL forgets it with whoever dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_FREE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@contextmanager
def alone(work: str) -> Iterator[bool]:
    """Whether nobody else is at this work; nobody else will be, while the block runs."""
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [work])
        [taken] = cursor.fetchone()
    try:
        yield bool(taken)
    finally:
        if taken:
            _let_others_in(work)


def _let_others_in(work: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_FREE, [work])
    except BaseException:
        connection.close()  # the lock goes with it
        raise
