"""Ends a connection to PostgreSQL under the thread that waits too long for an answer on it; it asks nothing itself.

Of a server that is frozen the kernel goes on acknowledging: keepalives and TCP's own limits
see nothing, no limit that the server keeps is kept, and the driver waits for ever. Somebody
else has to end that wait.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

logger = logging.getLogger("fairsplit.serving")


class Watch:
    """Of one connection, by its file descriptor, until it is told to end.

    A wrapper of Django's around every statement (`execute_wrappers`) that goes over the connection; and around
    whatever is no statement to Django, a commit or a copy (`during`).
    """

    def __init__(self, fileno: int, seconds: float, name: str = "follower") -> None:
        self._seconds = seconds
        self._asked_at: float | None = None
        self._ended = threading.Event()
        # A descriptor of its own: the connection's may be closed, and its number given to another one.
        self._socket = socket.socket(fileno=os.dup(fileno))
        threading.Thread(target=self._run, daemon=True, name=f"{name}-watch").start()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        with self.during():
            return execute(sql, params, many, context)

    @contextlib.contextmanager
    def during(self) -> Iterator[None]:
        """The whole block has the time that one statement has."""
        before, self._asked_at = self._asked_at, time.monotonic()
        try:
            yield
        finally:
            self._asked_at = before

    def end(self) -> None:
        """Let go of the connection."""
        self._ended.set()

    def _run(self) -> None:
        with self._socket:
            while not self._ended.wait(self._seconds / 10):
                asked_at = self._asked_at
                if asked_at is not None and time.monotonic() - asked_at > self._seconds:
                    logger.error("the database has not answered for %g s: its connection is given up", self._seconds)
                    with contextlib.suppress(OSError):
                        self._socket.shutdown(socket.SHUT_RDWR)
                    return
