"""Makes the bodies in which events are sent: JSON or NDJSON, gzip or not, by a right clock or not. Sends none."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from simulation.shopping import Event

MOST_EVENTS = 500
NDJSON, GZIP, SKEWED = 0.25, 0.5, 0.1
"""Shares of batches. Only JSON can say by which clock it was sent."""

SKEW = timedelta(hours=2, minutes=17)


@dataclass(frozen=True, slots=True)
class Packed:
    """A body, and the headers that say what it is."""

    body: bytes
    headers: dict[str, str]
    events: int
    skewed: bool

    @property
    def counted(self) -> dict[str, int]:
        """As a tally counts it."""
        return {
            "batches": 1,
            "sent": self.events,
            "ndjson": "ndjson" in self.headers["Content-Type"],
            "gzip": "Content-Encoding" in self.headers,
            "skewed": self.skewed,
        }


def pack(events: Sequence[Event], *, now: datetime, chance: Random) -> Packed:
    """One batch. By a wrong clock all its times are wrong, that of sending too: the server sets them right."""
    ndjson, compressed, skewed = (chance.random() < share for share in (NDJSON, GZIP, SKEWED))
    skewed = skewed and not ndjson
    if ndjson:
        body = b"\n".join(json.dumps(event).encode() for event in events)
    else:
        sent = [event | {"time": _later(event["time"])} for event in events] if skewed else list(events)
        at = (now + SKEW if skewed else now).astimezone(UTC)
        body = json.dumps({"events": sent, "sentAt": at.isoformat()}).encode()
    headers = {"Content-Type": "application/x-ndjson" if ndjson else "application/json"}
    if compressed:
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return Packed(body, headers, len(events), skewed)


def _later(time: str) -> str:
    return (datetime.fromisoformat(time) + SKEW).isoformat()
