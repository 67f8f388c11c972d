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
SECONDS_AFTER_A_BUG = 0.1
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
                time.sleep(SECONDS_AFTER_A_BUG)
        with contextlib.closing(self.store):
            while self._flush():
                pass

    def _turn(self) -> None:
        """Write what waits, and once a second look after everything else; exposures of which there are many
        have every turn, but none has two before requests have theirs.
        """
        if group := self._group():
            outcomes = [Outcome.FAILED] * len(group)
            try:
                outcomes = self._write_all([waiting.given for waiting in group])
            finally:
                _settle(group, outcomes)
        now = time.monotonic()
        if (due := now >= self._next_look) or self.exposures.more:
            if due:
                self._next_look = now + SECONDS_BETWEEN_LOOKS  # before it: whatever it raises, nothing spins
                self._look()
            self._flush()

    def _group(self) -> list[_Waiting]:
        """All that wait once there is one, or none until the next look."""
        group, size = list[_Waiting](), 0
        with contextlib.suppress(Empty):
            at_once = self.exposures.more and self._may_write
            waiting = self._queue.get(timeout=0.0 if at_once else max(0.0, self._next_look - time.monotonic()))
            while waiting is not None:
                group.append(waiting)
                size += waiting.given.size
                if size > MOST_TOGETHER:
                    break
                waiting = self._queue.get_nowait()
        return group

    def _write_all(self, batches: Sequence[Given]) -> list[Outcome]:
        outcome = self._write(batches)
        if outcome in (Outcome.STORED, Outcome.AWAY) or len(batches) == 1:
            return [outcome] * len(batches)
        outcomes: list[Outcome] = []
        for given in batches:  # one is at fault: the others are not to suffer for it
            outcomes.append(Outcome.AWAY if Outcome.AWAY in outcomes else self._write([given]))
        return outcomes

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
        except Exception as problem:  # no table yet, no right to it, or a bug: nothing can be written either way
            self._lost(problem)
        else:
            self._found()
        finally:
            self.looked.set()

    def _flush(self) -> bool:
        """Store some of the exposures that were noted, if there are; what cannot be stored now is kept, as far as
        there is room.
        """
        self.exposures.report()
        if self._may_write and (batches := self.exposures.fresh()):
            for given, outcome in zip(batches, self._write_all(batches), strict=True):
                if outcome is not Outcome.AWAY:
                    self.exposures.settle(given, stored=outcome is Outcome.STORED)
            return True
        return False

    @property
    def _may_write(self) -> bool:
        return self.reachable and not self.full

    def _found(self) -> None:
        if not self.reachable:
            logger.info("the outbox can be written: events are taken")
        self.reachable, self._said = True, ""

    def _lost(self, problem: Exception) -> None:
        """Say once, not each second, that no events are taken."""
        self.store.close()
        said = str(problem).strip().partition("\n")[0]
        if self.reachable or said != self._said:
            unexpected = None if isinstance(problem, AWAY) else problem
            logger.error("no events are taken, the outbox cannot be written: %s", said, exc_info=unexpected)
        self.reachable, self._said = False, said


def _settle(group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Tell those who wait, on their loop, with one message for all of them."""
    settled = [(waiting.settled, outcome) for waiting, outcome in zip(group, outcomes, strict=True)]
    for loop in {future.get_loop() for future, _ in settled}:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_resolve, [(future, it) for future, it in settled if future.get_loop() is loop])


def _resolve(settled: Iterable[tuple[asyncio.Future[Outcome], Outcome]]) -> None:
    for future, outcome in settled:
        if not future.done():
            future.set_result(outcome)
