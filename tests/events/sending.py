"""Events as an application sends them, and how tests send many. Asserts nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from server.events.reading import Batch, read_batch
from server.events.services.record_events import record_events
from server.warehouse.times import microseconds_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW_US = microseconds_of(NOW)
JSON = "application/json"
NDJSON = "application/x-ndjson"


def exposure(event_id: str = "x1", **fields: Any) -> dict[str, Any]:
    """As the evaluation's metadata has it; a field that is ``...`` is left out."""
    return _given(
        {
            "type": "exposure",
            "id": event_id,
            "targetingKey": "user-1",
            "time": "2026-01-02T03:04:00Z",
            "flag": "checkout-button",
            "variant": "blue",
            "experiment": "button-wording",
            "phase": 2,
            "inExperiment": True,
        }
        | fields
    )


def event(event_id: str = "e1", **fields: Any) -> dict[str, Any]:
    return _given(
        {"type": "event", "id": event_id, "targetingKey": "user-1", "time": "2026-01-02T03:04:01Z", "name": "order"}
        | fields
    )


def read(*events: Any, at: int = NOW_US, **fields: Any) -> Batch:
    """What becomes of a JSON body with these events."""
    return read_batch(orjson.dumps({"events": events} | fields), JSON, received_at_us=at)


def lines_of(batch: Batch) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in batch.lines.split(b"\n")] if batch.lines else []


def faults_of(batch: Batch) -> list[tuple[int, str, tuple[Any, ...]]]:
    """Index, code and path of what was not taken."""
    return [(one.index, one.code, one.path) for one in batch.rejected]


def send(environment_id: int, *events: Any, now: datetime = NOW) -> None:
    """Read and record them, as a door does."""
    batch = read(*events, at=microseconds_of(now))
    assert batch.rejected == ()
    record_events(environment_id=environment_id, batch=batch, now=now)


def many(count: int, prefix: str = "m") -> list[dict[str, Any]]:
    """Events with ids of their own: every third an exposure."""
    return [exposure(f"{prefix}{n}") if n % 3 == 0 else event(f"{prefix}{n}", value=n) for n in range(count)]


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ...}


def stopped_at(moment: datetime) -> Callable[[], datetime]:
    """A clock for movers that does not go on."""
    return lambda: moment
