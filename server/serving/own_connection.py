"""A thread's own connection to PostgreSQL, which gives up soon where a request's would wait; it runs no statement.

Whoever serves from memory, or holds what others wait for, has to learn within seconds that nobody
answers, whether the other side is gone or frozen.
"""

from __future__ import annotations

import contextlib
from typing import Any, cast

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from server.serving.watch import Watch

_NOTICE_SOON = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5_000,
}


class OwnConnection:
    """What `connections["default"]` is in the one thread that opens and closes it."""

    def __init__(self, application: str, seconds_to_answer: float) -> None:
        self._application, self._seconds = application, seconds_to_answer
        self._watch: Watch | None = None

    def open(self) -> BaseDatabaseWrapper:
        """Connect anew. Whatever is not answered in time costs the connection.

        Raises:
            OperationalError: there is nobody to connect to.
        """
        self.close()
        ours = connections["default"].copy()
        given = {"application_name": self._application, **_NOTICE_SOON}
        ours.settings_dict["OPTIONS"] = {**ours.settings_dict.get("OPTIONS", {}), **given}
        connections["default"] = ours
        ours.ensure_connection()
        name = self._application.rpartition(" ")[2]
        self._watch = Watch(cast(Any, ours.connection).fileno(), self._seconds, name)
        ours.execute_wrappers.append(self._watch)
        return ours

    def in_time(self) -> contextlib.AbstractContextManager[None]:
        """The whole block has to be answered in time, commits and copies included."""
        return contextlib.nullcontext() if self._watch is None else self._watch.during()

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and not closed since."""
        return self._watch is not None

    def close(self) -> None:
        """Close this thread's connection."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None
        connections["default"].close()
