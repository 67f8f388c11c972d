"""Where the intake's thread puts batches of events: the outbox, over a connection of its own; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from django.utils import timezone

from server.events.backlog import is_full
from server.events.reading import Batch
from server.events.services.record_events import record_batches
from server.serving.own_connection import OwnConnection

APPLICATION = "fairsplit intake"
"""How PostgreSQL lists the connection."""

SECONDS_TO_STORE = 5
"""One statement's: it inserts some megabytes."""

BYTES_OF_A_DIGEST = 100


class Given(NamedTuple):
    """A batch, and whose it is."""

    environment_id: int
    batch: Batch

    @property
    def size(self) -> int:
        """What it holds of memory, roughly, in bytes."""
        return len(self.batch.lines) + BYTES_OF_A_DIGEST * self.batch.events


class EventStore(Protocol):
    """Where batches go. Every call may raise what the database raises."""

    def store(self, given: Sequence[Given]) -> None:
        """Make all of them durable, or none."""

    def is_full(self) -> bool:
        """Whether nothing may come before some of it has gone."""

    def close(self) -> None:
        """Let go of everything; the next call begins anew."""


class OutboxStore:
    """The store that there is in production."""

    def __init__(self) -> None:
        self._connection = OwnConnection(APPLICATION, SECONDS_TO_STORE)

    def store(self, given: Sequence[Given]) -> None:
        """At once: one statement, which commits itself."""
        self._connect()
        with self._connection.in_time():
            record_batches([(one.environment_id, one.batch) for one in given], now=timezone.now())

    def is_full(self) -> bool:
        """As the outbox has it, that of all processes."""
        self._connect()
        return is_full()

    def close(self) -> None:
        """Close this thread's connection."""
        self._connection.close()

    def _connect(self) -> None:
        if not self._connection.is_open:
            self._connection.open()
