"""Exposures that evaluations record themselves: noted on the way, made into events later; it stores nothing.

Noting one costs the loop an append. The intake's thread does the rest, once a second: of a unit that
comes again and again it lets the first exposure through and forgets the others. An exposure's id follows
from what it says, so what several processes note, or one that has forgotten, is a duplicate and counts once.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from server.evaluation.outcomes import Evaluation
from server.events.lines import LONGEST_TARGETING_KEY
from server.events.reading import Batch, read_events
from server.serving.intake_store import Given

MOST_NOTED = 100_000
"""How many wait at most for the thread: a second of them, or all the time that the database is away."""

MOST_REMEMBERED = 50_000
"""How many that were stored are known, of those that came last: 10 MB."""

MOST_TOGETHER = 5_000
"""In one turn."""

logger = logging.getLogger("fairsplit.intake")


class _Noted(NamedTuple):
    environment_id: int
    evaluation: Evaluation
    targeting_key: str
    time: int


class ExposureBuffer:
    """The exposures of one process. The loop notes, the intake's thread does everything else."""

    def __init__(self, most: int = MOST_NOTED, remembered: int = MOST_REMEMBERED) -> None:
        self.most, self.most_remembered = most, remembered
        self.recorded = 0
        """How many were stored since the process started."""

        self._noted: deque[_Noted] = deque()
        self._pending: dict[int, dict[bytes, _Noted]] = {}
        self._remembered: dict[bytes, None] = {}
        self._refused = self._unstorable = self._reported = 0

    @property
    def dropped(self) -> int:
        """How many were not stored, and never will be: there was no room for them, or something is wrong with them."""
        return self._refused + self._unstorable

    def note(self, environment_id: int, evaluation: Evaluation, targeting_key: str) -> None:
        """A unit has met a variant, now."""
        if len(self._noted) >= self.most or len(targeting_key) > LONGEST_TARGETING_KEY:
            self._refused += 1
        else:
            self._noted.append(_Noted(environment_id, evaluation, targeting_key, time.time_ns()))

    def fresh(self) -> list[Given]:
        """Some of what was noted and not recorded lately, in a batch for each environment; what is not settled
        comes again.
        """
        if not self._pending:
            self._take()
        return [Given(environment_id, _batch(noted)) for environment_id, noted in self._pending.items()]

    def settle(self, given: Given, *, stored: bool) -> None:
        """The batch is in the outbox, or cannot ever be."""
        noted = self._pending.pop(given.environment_id)
        accepted = given.batch.events if stored else 0
        self.recorded += accepted
        self._unstorable += len(noted) - accepted
        self._remembered.update(dict.fromkeys(noted))
        for oldest in list(islice(self._remembered, max(0, len(self._remembered) - self.most_remembered))):
            del self._remembered[oldest]

    @property
    def more(self) -> bool:
        """Whether so much was noted that a part of it was left for the next turn."""
        return len(self._noted) >= MOST_TOGETHER

    def report(self) -> None:
        """Say how many were dropped since this was last said."""
        if (dropped := self.dropped) > self._reported:
            logger.error("%d exposures of evaluations were dropped", dropped - self._reported)
            self._reported = dropped

    def _take(self) -> None:
        taken = 0
        while self._noted and taken < MOST_TOGETHER:
            noted = self._noted.popleft()
            digest = _digest(noted)
            if digest in self._remembered:  # it comes again and again: it is not to be forgotten
                del self._remembered[digest]
                self._remembered[digest] = None
            elif self._pending.setdefault(noted.environment_id, {}).setdefault(digest, noted) is noted:
                taken += 1


def _digest(noted: _Noted) -> bytes:
    """The same for all exposures of one unit to one variant in one phase."""
    met = noted.evaluation
    facts = (noted.environment_id, met.experiment, met.phase, met.variant, noted.targeting_key)
    return blake2b(ascii(facts).encode(), digest_size=16).digest()


def _batch(noted: dict[bytes, _Noted]) -> Batch:
    """As if the application had sent them itself."""
    events = [_event(digest, one) for digest, one in noted.items()]
    return read_events(events, sent_at=None, received_at_us=time.time_ns() // 1_000)


def _event(digest: bytes, noted: _Noted) -> dict[str, Any]:
    met = noted.evaluation
    return {
        "type": "exposure",
        "id": f"ofrep-{digest.hex()}",
        "targetingKey": noted.targeting_key,
        "time": noted.time // 1_000_000,
        "flag": met.key,
        "variant": met.variant,
        "experiment": met.experiment,
        "phase": met.phase,
        "inExperiment": True,
    }
