"""Puts the serving of flags together for one process, and starts and stops it with that process; it answers nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType

from server.events.backlog import accepts_events
from server.serving.app import FlagServing
from server.serving.events import MOST_STREAMS, EventStreams
from server.serving.follower import Follower
from server.serving.health import state_of, state_of_intake
from server.serving.intake_door import IntakeDoor
from server.serving.intake_exposures import ExposureBuffer
from server.serving.intake_store import OutboxStore
from server.serving.intake_writer import IntakeWriter
from server.serving.keys import KeyRing
from server.serving.rate_limit import RateLimit
from server.serving.source import Source
from server.serving.store import Store

SECONDS_TO_REACH_THE_DATABASE = 5

SECONDS_BETWEEN_THREADS = 0.0005
"""How long a thread that computes keeps the others waiting, ten times less than Python's own measure.

A request changes threads some five times, and while the follower compiles what was
published, each change waits so long.
"""


class FlagProcess:
    """The serving of flags in this process. Make it where you like; start it in the process that serves."""

    def __init__(
        self,
        source: Source,
        *,
        rate_limit: int = 0,
        most_streams: int = MOST_STREAMS,
        intake: IntakeDoor | None = None,
    ) -> None:
        self.follower = Follower(source, Store(), KeyRing())
        limit = RateLimit(rate_limit, burst=rate_limit) if rate_limit else None
        self.serving = FlagServing(self.follower, limit, EventStreams(most_streams), intake)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Follow the database, and wait a moment for the keys: who asks first finds them here."""
        sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
        events = self.serving.events

        def announce(environment_id: int, revision: int) -> None:
            loop.call_soon_threadsafe(events.announce, environment_id, revision)

        def end_without_key() -> None:
            loop.call_soon_threadsafe(events.end_without_key)

        def end_streams(_signal: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(events.close)

        self.follower.store.changed.append(announce)
        self.follower.keys.changed.append(end_without_key)
        # The loop has its own way to hear of signals, which goes on. The server waits for every
        # answer to end before it stops, and a stream would not.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, end_streams)
        if (intake := self.serving.intake) is not None:
            intake.writer.start()
        self.follower.start(patience=SECONDS_TO_REACH_THE_DATABASE)

    def stop(self) -> None:
        """Store what waits, and follow no more."""
        if (intake := self.serving.intake) is not None:
            intake.writer.stop()
        self.follower.stop()

    def state(self) -> dict[str, object]:
        """What there is to say of it, to probes and to people."""
        return {"flags": state_of(self.follower), "events": state_of_intake(self.serving.intake)}


def intake() -> IntakeDoor | None:
    """What takes events in this process; None where the warehouse takes none from here."""
    return IntakeDoor(IntakeWriter(OutboxStore(), ExposureBuffer())) if accepts_events() else None


def rate_limit() -> int:
    """How many requests a second one key may make of one process; 0 for as many as it likes.

    Raises:
        ValueError: FAIRSPLIT_RATE_LIMIT is no such number.
    """
    return _number("FAIRSPLIT_RATE_LIMIT", 0)


def most_streams() -> int:
    """How many event streams one process takes.

    Raises:
        ValueError: FAIRSPLIT_EVENT_STREAMS is no such number.
    """
    return _number("FAIRSPLIT_EVENT_STREAMS", MOST_STREAMS)


def _number(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise ValueError(f"{name} is not a whole number: {given[:40]!r}")
    return int(given)
