"""What ingestion is measured with is what the door takes."""

import json
import time

import pytest

from benchmarks.events.bodies import bodies, events
from server.events.reading import read_batch


@pytest.mark.parametrize("size", [1, 100])
def test_bodies_are_lines_of_whole_batches_that_are_taken(size: int) -> None:
    found = bodies(size)

    assert all(b"\n" not in body for body in found)
    for body in (found[0], found[-1]):
        batch = read_batch(body, "application/json", received_at_us=time.time_ns() // 1_000)
        assert (batch.events, batch.rejected) == (size, ())


def test_no_two_events_have_one_id() -> None:
    ids = [event["id"] for body in bodies(100) for event in json.loads(body)["events"]]

    assert len(set(ids)) == len(ids)
    assert not {event["id"] for event in events(50, first=0)} & {event["id"] for event in events(50, first=50)}
