"""Who works: each worker holds a lock in PostgreSQL for as long as it lives. Decides nothing about jobs.

The lock belongs to the session. When the process is gone, however it went, the kernel ends the
session and PostgreSQL frees the lock: there is no heartbeat to miss, and a job may take hours.
"""

from types import TracebackType
from typing import Self

from django.db import connection, connections

# A worker whose machine is gone says no goodbye: PostgreSQL asks after 30 s, and gives up after 60.
ASK_AFTER = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
TAKE = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
TRY = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


class Life:
    """One worker's lock, on a connection of its own."""

    def __init__(self, worker_id: str) -> None:
        self.worker_id = worker_id
        self._connection = connections.create_connection("default")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def hold(self) -> None:
        """Take the lock, or see that it is still ours.

        Raises:
            django.db.Error: the session is lost, and the lock with it; the next call takes it anew.
        """
        if self._connection.connection is not None:
            self._see_to_it()
            return
        with self._connection.cursor() as cursor:
            cursor.execute(ASK_AFTER)
            cursor.execute(TAKE, [self.worker_id])

    def _see_to_it(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:
            self._connection.close()
            raise


def is_gone(worker_id: str) -> bool:
    """Whether nobody holds this worker's lock. Asked within a transaction, which keeps it from coming back."""
    with connection.cursor() as cursor:
        cursor.execute(TRY, [worker_id])
        (taken,) = cursor.fetchone()
    return bool(taken)
