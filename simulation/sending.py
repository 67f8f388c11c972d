"""Collects events of many threads, and sends them in batches; whoever fills one sends it. Makes no event."""

import threading
from datetime import UTC, datetime
from random import Random

from simulation.calling import Caller
from simulation.failures import SimulationFailure
from simulation.packing import MOST_EVENTS, pack
from simulation.shopping import Event
from simulation.tally import Tally

PATH = "/v1/events"


class Outgoing:
    """What waits to be sent to one environment, and what waits for the end."""

    def __init__(self, key: str, *, tally: Tally, seed: int) -> None:
        self._key, self._tally = key, tally
        self._chance = Random(seed)
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._late: list[Event] = []

    def add(self, events: list[Event], caller: Caller, *, late: list[Event] | None = None) -> None:
        """Take events, and send a batch where there are enough of them."""
        with self._lock:
            self._waiting += events
            self._late += late or []
            full = len(self._waiting) >= MOST_EVENTS
            batch, self._waiting = (self._waiting, []) if full else ([], self._waiting)
        self._send(batch, caller)

    def finish(self, caller: Caller) -> None:
        """Send what is left, then what is late."""
        with self._lock:
            rest = [self._waiting, self._late]
            self._waiting, self._late = [], []
        for events in rest:
            self._send(events, caller)

    def _send(self, events: list[Event], caller: Caller) -> None:
        for start in range(0, len(events), MOST_EVENTS):
            with self._lock:
                packed = pack(events[start : start + MOST_EVENTS], now=datetime.now(UTC), chance=self._chance)
            headers = {"Authorization": f"Bearer {self._key}", **packed.headers}
            answer = caller.post(PATH, packed.body, headers)
            said = answer.json()
            if answer.status != 200:
                raise SimulationFailure(f"the server refused events with {answer.status}: {said}")
            self._tally.add(accepted=said["accepted"], **packed.counted)
            self._tally.reject([rejected["code"] for rejected in said["rejected"]])
