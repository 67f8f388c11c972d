"""Makes batches of events durable, in one thread of each process: all that wait, in one transaction; reads no event.

Whoever hands a batch over hears what became of it once that is settled: nobody is told that a batch was
stored before it was committed. While the database is out of reach nothing is taken; while the
outbox is as full as it may be, neither. The thread finds out each second, also when nobody asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from queue import Empty, SimpleQueue
from typing import NamedTuple

from django.db import IntegrityError, InterfaceError, InternalError, OperationalError

from server.serving.intake_exposures import ExposureBuffer
from server.serving.intake_store import EventStore, Given

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_STOP = 4.0
MOST_TOGETHER = 8 * 1024 * 1024
"""In one transaction, in bytes, unless one batch alone is larger."""

AWAY = (OperationalError, InterfaceError, InternalError)
"""What is no batch's fault: gone, frozen, out of space, read-only, or too long in a queue for a lock."""

logger = logging.getLogger("fairsplit.intake")


class Outcome(Enum):
    """What became of a batch."""

    STORED = auto()
    AWAY = auto()
    """The database cannot be reached, or takes nothing: later, again."""

    GONE = auto()
    """The environment exists no more."""

    FAILED = auto()
    """A bug, which is in the log."""


class _Waiting(NamedTuple):
    given: Given
    settled: asyncio.Future[Outcome]


class IntakeWriter:
    """The thread. Start it once in the process that serves, after any fork."""

    def __init__(self, store: EventStore, exposures: ExposureBuffer) -> None:
        self.store, self.exposures = store, exposures
        self.reachable = False
        """Whether the database answered when it was asked last."""

        self.full = False
        """Whether the outbox is: nothing may come before some of it has gone."""

        self.looked = threading.Event()
        """Set once the database was asked for the first time."""

        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._next_look = 0.0
        self._stopping = False
        self._said = ""
        self._thread = threading.Thread(target=self._run, daemon=True, name="intake")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after what waits now and the exposures that were noted."""
        self._stopping = True
        self._queue.put(None)
        self._thread.join(SECONDS_TO_STOP)

    async def write(self, given: Given) -> Outcome:
        """Hand a batch over, and wait for what becomes of it."""
        if self._stopping:
            return Outcome.AWAY
        waiting = _Waiting(given, asyncio.get_running_loop().create_future())
        self._queue.put(waiting)
        return await waiting.settled

    def _run(self) -> None:
        while not (self._stopping and self._queue.empty()):
            try:
                self._turn()
            except Exception:
                logger.exception("the intake of events failed; it goes on")
        self._flush()
        self.store.close()

    def _turn(self) -> None:
        """Write what waits, and once a second look after everything else."""
        if group := self._group():
            self._write_all(group)
        if time.monotonic() >= self._next_look:
            self._look()
            self._flush()
            self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS

    def _group(self) -> list[_Waiting]:
        """All that wait once there is one, or none until the next look."""
        group, size = list[_Waiting](), 0
        with contextlib.suppress(Empty):
            waiting = self._queue.get(timeout=max(0.0, self._next_look - time.monotonic()))
            while waiting is not None:
                group.append(waiting)
                size += waiting.given.size
                if size > MOST_TOGETHER:
                    break
                waiting = self._queue.get_nowait()
        return group

    def _write_all(self, group: Sequence[_Waiting]) -> None:
        outcome = self._write([waiting.given for waiting in group])
        if outcome in (Outcome.STORED, Outcome.AWAY) or len(group) == 1:
            _settle(group, outcome)
            return
        for waiting in group:  # one of them is at fault: the others are not to suffer for it
            _settle([waiting], self._write([waiting.given]))

    def _write(self, given: Sequence[Given]) -> Outcome:
        try:
            self.store.store(given)
        except AWAY as problem:
            self._lost(problem)
            return Outcome.AWAY
        except IntegrityError:
            return Outcome.GONE
        except Exception:
            logger.exception("batches of events cannot be stored")
            return Outcome.FAILED
        self._found()
        return Outcome.STORED

    def _look(self) -> None:
        try:
            self.full = self.store.is_full()
        except AWAY as problem:
            self._lost(problem)
        else:
            self._found()
        finally:
            self.looked.set()

    def _flush(self) -> None:
        """Store the exposures that were noted; what cannot be stored now is kept, as far as there is room."""
        if self.full or not self.reachable:
            return
        self.exposures.report()
        while batches := self.exposures.fresh():
            for given in batches:
                outcome = self._write([given])
                if outcome is Outcome.AWAY:
                    return
                self.exposures.settle(given, stored=outcome is Outcome.STORED)

    def _found(self) -> None:
        if not self.reachable:
            logger.info("the outbox can be written: events are taken")
        self.reachable, self._said = True, ""

    def _lost(self, problem: Exception) -> None:
        """Say once, not each second, that no events are taken."""
        self.store.close()
        said = str(problem).strip().partition("\n")[0]
        if self.reachable or said != self._said:
            logger.error("no events are taken, the outbox cannot be written: %s", said)
        self.reachable, self._said = False, said


def _settle(group: Sequence[_Waiting], outcome: Outcome) -> None:
    """Tell those who wait, on their loop, with one message for all of them."""
    for loop in {waiting.settled.get_loop() for waiting in group}:
        futures = [waiting.settled for waiting in group if waiting.settled.get_loop() is loop]
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_resolve, futures, outcome)


def _resolve(futures: Iterable[asyncio.Future[Outcome]], outcome: Outcome) -> None:
    for future in futures:
        if not future.done():
            future.set_result(outcome)
