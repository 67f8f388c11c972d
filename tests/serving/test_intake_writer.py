"""The thread that makes events durable: together, in turn with exposures, and while the database is away."""

import asyncio
import threading
import time
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError

from server.serving.app import FlagServing
from server.serving.intake_exposures import MOST_TOGETHER
from tests.serving.exchange import Exchange, GivenHeaders, GivenScope
from tests.serving.taking_in import (
    BLUE,
    ELSEWHERE,
    SERVER,
    Outbox,
    batch,
    event,
    intake,
    prepared,
    send,
    together,
    told,
)


def test_while_the_outbox_is_full_nothing_is_taken_and_afterwards_it_is(serving: FlagServing, outbox: Outbox) -> None:
    outbox.full = True
    while not intake(serving).writer.full:
        time.sleep(0.01)
    refused = send(serving, batch(event("a")))
    outbox.full = False
    while intake(serving).writer.full:
        time.sleep(0.01)

    assert (refused.status, refused.headers["retry-after"]) == (429, "10")
    assert send(serving, batch(event("b"))).status == 200
    assert outbox.ids == ["b"]


def test_what_cannot_be_stored_is_not_accepted_and_the_next_is_refused_at_once(
    serving: FlagServing, outbox: Outbox
) -> None:
    outbox.problem = OperationalError("server closed the connection unexpectedly")
    answer = send(serving, batch(event("a")))
    outbox.seconds = 60
    started = time.monotonic()
    next_answer = send(serving, batch(event("b")))
    took = time.monotonic() - started
    outbox.problem, outbox.seconds = None, 0
    while not intake(serving).writer.reachable:
        time.sleep(0.01)

    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert (next_answer.status, took < 1) == (503, True)
    assert send(serving, batch(event("c"))).status == 200
    assert outbox.ids == ["c"]


def test_batches_that_come_while_another_one_is_stored_are_stored_together(
    serving: FlagServing, outbox: Outbox
) -> None:
    outbox.seconds = 0.2
    statuses = together(serving, *(prepared(batch(event(f"e-{n}"))) for n in range(20)))

    assert statuses == [200] * 20
    assert sorted(outbox.ids) == sorted(f"e-{n}" for n in range(20))
    assert len(outbox.stored) <= 3


def test_a_batch_that_cannot_be_stored_does_not_take_others_with_it(serving: FlagServing, outbox: Outbox) -> None:
    outbox.seconds = 0.1
    sent = [prepared(batch(event(f"e-{n}")), key) for n, key in enumerate((SERVER, "fss_gone", ELSEWHERE, SERVER))]

    assert together(serving, *sent) == [200, 401, 200, 200]
    assert sorted(outbox.ids) == ["e-0", "e-2", "e-3"]


def test_a_bug_is_masked_and_logged(serving: FlagServing, outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    outbox.bug = ZeroDivisionError("division by zero")
    answer = send(serving, batch(event()))

    assert (answer.status, told(answer)) == (500, {"errorCode": "GENERAL", "errorDetails": "Internal error."})
    assert "ZeroDivisionError" in caplog.text


def test_probes_hear_how_events_are_taken(serving: FlagServing, outbox: Outbox) -> None:
    def probed() -> Any:
        exchange = Exchange()
        asyncio.run(serving(GivenScope("GET", "/v1/ready", GivenHeaders()), exchange))
        return exchange.status, told(exchange)["events"]

    well = probed()
    outbox.problem = OperationalError("no space left on device")
    while intake(serving).writer.reachable:
        time.sleep(0.01)
    lost = probed()

    state = {"bytesHeld": 0, "exposuresRecorded": 0, "outbox": "open"}
    assert well == (200, {"taken": True, "database": "reachable", **state})
    assert lost == (200, {"taken": False, "database": "unreachable", **state})


def test_what_waits_when_the_process_stops_is_stored_and_what_comes_later_is_not(
    serving: FlagServing, outbox: Outbox
) -> None:
    outbox.seconds = 0.2

    async def run() -> list[int]:
        sent = [prepared(batch(event(f"e-{n}"))) for n in range(3)]
        asked = [asyncio.ensure_future(serving(scope, exchange)) for scope, exchange in sent]
        await asyncio.sleep(0.05)
        await asyncio.get_running_loop().run_in_executor(None, intake(serving).writer.stop)
        scope, late = prepared(batch(event("late")))
        await asyncio.gather(*asked, serving(scope, late))
        return [*(exchange.status for _, exchange in sent), late.status]

    assert asyncio.run(run()) == [200, 200, 200, 503]
    assert sorted(outbox.ids) == ["e-0", "e-1", "e-2"]


def test_batches_are_answered_while_exposures_keep_coming(serving: FlagServing, outbox: Outbox) -> None:
    """New units come faster than the commits of those before them: each commit finds some more."""
    outbox.seconds = 0.005
    exposures, coming = intake(serving).writer.exposures, threading.Event()

    def keep_coming() -> None:
        for number in range(100_000):
            exposures.note(1, BLUE, f"user-{number}")
            time.sleep(0.0005)
            if coming.is_set():
                return

    thread = threading.Thread(target=keep_coming)
    thread.start()
    try:
        took = []
        for number in range(10):
            started = time.monotonic()
            assert send(serving, batch(event(f"e-{number}"))).status == 200
            took.append(time.monotonic() - started)
            time.sleep(0.05)
    finally:
        coming.set()
        thread.join()

    assert max(took) < 1
    assert exposures.recorded > 0
    assert len(outbox.stored) < 100


def test_many_exposures_take_their_turns_with_batches(serving: FlagServing, outbox: Outbox) -> None:
    exposures = intake(serving).writer.exposures
    outbox.problem = OperationalError("gone")
    while intake(serving).writer.reachable:
        time.sleep(0.01)
    for number in range(3 * MOST_TOGETHER):
        exposures.note(1, BLUE, f"user-{number}")
    outbox.problem = None
    started = time.monotonic()
    while exposures.recorded < 3 * MOST_TOGETHER and time.monotonic() - started < 10:
        time.sleep(0.01)

    assert [len(events) for together in outbox.stored for _, events in together] == [MOST_TOGETHER] * 3


def test_a_database_without_the_table_is_looked_at_again_and_again_but_not_all_the_time(
    serving: FlagServing, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.problem = ProgrammingError('relation "events_outboxbatch" does not exist')
    while intake(serving).writer.reachable:
        time.sleep(0.01)
    before = outbox.looks
    time.sleep(0.5)

    assert 1 <= outbox.looks - before <= 11
    assert [record.getMessage() for record in caplog.records] == [
        'no events are taken, the outbox cannot be written: relation "events_outboxbatch" does not exist'
    ]
    assert caplog.records[0].exc_info is not None
    outbox.problem = None
    while not intake(serving).writer.reachable:
        time.sleep(0.01)
    assert send(serving, batch(event())).status == 200


def test_a_bug_in_the_making_of_exposures_neither_spins_nor_holds_up_batches(
    serving: FlagServing, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    exposures = intake(serving).writer.exposures
    monkeypatch.setattr(exposures, "fresh", lambda: 1 // 0)
    for number in range(2 * MOST_TOGETHER):
        exposures.note(1, BLUE, f"user-{number}")
    answer = send(serving, batch(event()))
    caplog.clear()
    time.sleep(0.5)

    assert answer.status == 200
    assert 1 <= len(caplog.records) <= 6
    assert {record.getMessage() for record in caplog.records} == {"the intake of events failed; it goes on"}
    monkeypatch.undo()


def test_whoever_waits_is_told_whatever_goes_wrong(
    serving: FlagServing, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_close() -> None:
        raise OSError("bad file descriptor")

    monkeypatch.setattr(outbox, "close", cannot_close)
    outbox.problem = OperationalError("gone")
    answer = send(serving, batch(event()))
    monkeypatch.undo()

    assert answer.status == 500
    assert intake(serving).room.taken == 0
