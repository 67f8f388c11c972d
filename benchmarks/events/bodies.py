"""The events that are sent, and the bodies that hold them: always the same ones. Sends none."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

NAMES = ("page_loaded", "added_to_basket", "order_placed", "order_cancelled")
DEVICES, COUNTRIES = ("mobile", "desktop", "tablet"), ("DE", "FR", "AT", "NL", "SE")
BYTES_IN_A_CELL = 4_000_000
"""Of bodies that take turns: more would only fill the load generator's memory."""


def events(count: int, *, first: int = 0, now: datetime | None = None) -> Iterator[dict[str, Any]]:
    """So many events of a hundredth as many units, each with an id of its own, of the last hour."""
    now = now or datetime.now(UTC)
    for number in range(first, first + count):
        time = now - timedelta(milliseconds=number * 7919 % 3_600_000)
        event = {
            "type": "event",
            "id": f"018f3c5e-7b1a-7000-8000-{number:012x}",
            "targetingKey": f"customer-{number * 31 % max(1, count // 100):07}",
            "time": time.isoformat(timespec="milliseconds"),
            "name": NAMES[number % 4],
            "properties": {"device": DEVICES[number % 3], "country": COUNTRIES[number % 5]},
        }
        yield event | ({"value": round(number * 17 % 9_973 / 7, 2)} if number % 2 == 0 else {})


def bodies(size: int) -> list[bytes]:
    """Batches of this size, as JSON; they are sent again and again: whether an id was seen is found out later."""
    length = len(_body(list(events(size))))
    count = max(4, min(500, BYTES_IN_A_CELL // length))
    every = list(events(size * count))
    return [_body(every[start : start + size]) for start in range(0, len(every), size)]


def _body(batch: list[dict[str, Any]]) -> bytes:
    return json.dumps({"events": batch}, separators=(",", ":")).encode()
