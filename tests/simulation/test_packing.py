"""Batches are what the door takes, however they are packed, and a wrong clock that says so is set right."""

import gzip
from datetime import UTC, datetime
from random import Random

from server.events.reading import Batch, read_batch
from server.warehouse.times import microseconds_of
from simulation.packing import Packed, pack
from simulation.shopping import Event

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
EVENTS: list[Event] = [
    {"type": "event", "id": f"e{number}", "targetingKey": "u", "name": "visited", "time": NOW.isoformat()}
    for number in range(3)
]


def batches() -> list[Packed]:
    chance = Random(5)
    return [pack(EVENTS, now=NOW, chance=chance) for _ in range(200)]


def read(packed: Packed) -> Batch:
    body = gzip.decompress(packed.body) if "Content-Encoding" in packed.headers else packed.body
    return read_batch(body, packed.headers["Content-Type"], received_at_us=microseconds_of(NOW))


def test_every_kind_of_batch_is_read_as_the_same_events() -> None:
    found = batches()
    kinds = {(each.headers["Content-Type"], "Content-Encoding" in each.headers, each.skewed) for each in found}

    assert len(kinds) == 6
    assert {read(each) for each in found} == {read(found[0])}
    assert read(found[0]).events == 3


def test_a_wrong_clock_is_wrong_about_all_times_and_only_json_says_so() -> None:
    skewed = [each for each in batches() if each.skewed]

    assert {each.headers["Content-Type"] for each in skewed} == {"application/json"}
    assert all(each.counted["skewed"] for each in skewed)
    assert EVENTS[0]["time"] == NOW.isoformat()
