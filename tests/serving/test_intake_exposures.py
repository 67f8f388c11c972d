"""Exposures that evaluations record: which are noted, what becomes of them, and that none is lost in silence."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from server.accounts.keys import digest_of
from server.evaluation.outcomes import Evaluation, Reason
from server.events.lines import LONGEST_TARGETING_KEY
from server.serving.app import FlagServing
from server.serving.follower import Follower
from server.serving.intake_door import IntakeDoor
from server.serving.intake_exposures import ExposureBuffer
from server.serving.intake_store import Given
from server.serving.intake_writer import IntakeWriter
from server.serving.keys import Key, KeyRing
from server.serving.store import Store
from tests.serving.documents import document, many_flags
from tests.serving.exchange import Exchange, GivenHeaders, GivenScope
from tests.serving.processes import eventually
from tests.serving.taking_in import BLUE, GONE, Outbox, events_of, looking_often
from tests.serving.test_follower import Table

CONTROL = Evaluation("button", "grey", "control", Reason.SPLIT, experiment="colours", phase=2, in_experiment=True)
NEXT_PHASE = Evaluation("button", "blue", "blue", Reason.SPLIT, experiment="colours", phase=3, in_experiment=True)
KEY = "fss_server"
UNITS = [f"user-{number}" for number in range(40)]


def drained(buffer: ExposureBuffer, *, stored: bool = True) -> list[tuple[int, Any]]:
    """All that is fresh, settled: the environment and the event of each."""
    found = []
    while batches := buffer.fresh():
        for given in batches:
            found += [(given.environment_id, event) for event in events_of(given)]
            buffer.settle(given, stored=stored)
    return found


def test_an_exposure_says_what_the_unit_met() -> None:
    buffer = ExposureBuffer()
    buffer.note(7, BLUE, "user-1")

    ((environment_id, event),) = drained(buffer)
    assert environment_id == 7
    told = {name: event[name] for name in ("targeting_key", "flag", "variant", "experiment", "phase")}
    assert told == {
        "targeting_key": "user-1",
        "flag": "button",
        "variant": "blue",
        "experiment": "colours",
        "phase": 2,
    }
    assert (buffer.recorded, buffer.dropped) == (1, 0)


def test_a_unit_that_comes_again_is_recorded_once_for_each_variant_and_phase_and_environment() -> None:
    buffer, found = ExposureBuffer(), []
    for _ in range(2):  # several times before they are stored, and again afterwards
        for _ in range(3):
            for evaluation in (BLUE, CONTROL, NEXT_PHASE):
                buffer.note(7, evaluation, "user-1")
            buffer.note(7, BLUE, "user-2")
            buffer.note(8, BLUE, "user-1")
        found.append(len(drained(buffer)))

    assert found == [5, 0]


def test_the_same_exposure_has_the_same_id_in_every_process_and_another_one_has_another() -> None:
    def event_id(environment_id: int, evaluation: Evaluation, targeting_key: str) -> str:
        buffer = ExposureBuffer()
        buffer.note(environment_id, evaluation, targeting_key)
        return str(drained(buffer)[0][1]["event_id"])

    ids = [event_id(7, BLUE, "a"), event_id(8, BLUE, "a"), event_id(7, CONTROL, "a"), event_id(7, NEXT_PHASE, "a")]
    assert len({*ids, event_id(7, BLUE, "b")}) == 5
    assert event_id(7, BLUE, "a") == ids[0]


def test_of_those_that_were_recorded_the_ones_that_came_last_are_known() -> None:
    buffer = ExposureBuffer(remembered=2)
    for units in (["a"], ["b"], ["a"], ["c"]):  # a comes again, so b is the one that is forgotten
        for unit in units:
            buffer.note(7, BLUE, unit)
        drained(buffer)

    for unit in "abc":
        buffer.note(7, BLUE, unit)
    assert [event["targeting_key"] for _, event in drained(buffer)] == ["b"]


def test_what_finds_no_room_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    buffer = ExposureBuffer(most=2)
    for number in range(5):
        buffer.note(7, BLUE, f"user-{number}")
    with caplog.at_level(logging.ERROR, logger="fairsplit.intake"):
        buffer.report()
        buffer.report()

    assert [event["targeting_key"] for _, event in drained(buffer)] == ["user-0", "user-1"]
    assert buffer.dropped == 3
    assert [record.getMessage() for record in caplog.records] == ["3 exposures of evaluations were dropped"]


def test_what_no_event_can_say_is_dropped_and_counted() -> None:
    buffer = ExposureBuffer()
    for unit in ("x" * 501, "good", "\0"):
        buffer.note(7, BLUE, unit)

    assert [event["targeting_key"] for _, event in drained(buffer)] == ["good"]
    assert (buffer.recorded, buffer.dropped) == (1, 2)


def test_keys_that_are_hard_to_read_are_dropped_at_once_and_keep_no_others() -> None:
    buffer = ExposureBuffer(most=10_000)
    for number in range(50):
        buffer.note(7, BLUE, f"{number}," + "1," * 60_000)
    for number in range(5_000):  # as many as are told together, and of the most values that a key may look like
        buffer.note(7, BLUE, f"{number:,<{LONGEST_TARGETING_KEY}}")

    assert len(buffer._noted) == 5_000
    assert len(drained(buffer)) == 5_000
    assert (buffer.recorded, buffer.dropped) == (5_000, 50)


@pytest.fixture
def serving(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlagServing]:
    """Three environments: the first records exposures, the second does not, the third is gone."""
    looking_often(monkeypatch)
    follower = Follower(Table(), Store(), KeyRing())
    follower.keys.replace({digest_of(f"{KEY}{number}"): Key(number, client=False) for number in (1, 2, GONE)})
    for number in (1, 2, GONE):
        follower.store.put(number, document(1, number, **many_flags(10)), frozenset(), number != 2)
    follower.reachable = True
    follower.ready.set()
    door = IntakeDoor(IntakeWriter(outbox, ExposureBuffer()))
    door.writer.start()
    door.writer.looked.wait(5)
    yield FlagServing(follower, intake=door)
    door.writer.stop()


def evaluate(serving: FlagServing, unit: str | None, flag: str = "/flag-001", environment: int = 1) -> Any:
    body = json.dumps({"context": {} if unit is None else {"targetingKey": unit}}).encode()
    given = {"authorization": f"Bearer {KEY}{environment}", "content-length": str(len(body))}
    exchange = Exchange(body)
    asyncio.run(serving(GivenScope("POST", f"/ofrep/v1/evaluate/flags{flag}", GivenHeaders(given)), exchange))
    return json.loads(exchange.answered)


def units_in(outbox: Outbox) -> set[str]:
    return {event["targeting_key"] for group in outbox.stored for _, events in group for event in events}


def test_who_takes_part_is_recorded_by_the_evaluation_of_one_flag_and_by_no_other(
    serving: FlagServing, outbox: Outbox
) -> None:
    answers = {unit: evaluate(serving, unit)["metadata"]["inExperiment"] for unit in UNITS}
    evaluate(serving, None)
    evaluate(serving, "bulk", flag="")
    evaluate(serving, "elsewhere", environment=2)
    evaluate(serving, "no experiment", flag="/flag-002")
    part = {unit for unit, takes_part in answers.items() if takes_part}
    eventually(lambda: len(units_in(outbox)) >= len(part), seconds=5)

    assert 0 < len(part) < len(UNITS)
    assert units_in(outbox) == part


def test_while_nothing_can_be_stored_exposures_are_kept(serving: FlagServing, outbox: Outbox) -> None:
    assert serving.intake is not None
    writer = serving.intake.writer
    outbox.problem = OperationalError("gone")
    eventually(lambda: not writer.reachable, seconds=5)
    part = {unit for unit in UNITS if evaluate(serving, unit)["metadata"]["inExperiment"]}
    outbox.problem = None
    eventually(lambda: writer.exposures.recorded >= len(part), seconds=5)

    assert units_in(outbox) == part
    assert (writer.exposures.recorded, writer.exposures.dropped) == (len(part), 0)


def test_exposures_in_an_environment_that_is_gone_are_dropped_and_keep_no_others(
    serving: FlagServing, outbox: Outbox
) -> None:
    assert serving.intake is not None
    exposures = serving.intake.writer.exposures
    part = {unit for unit in UNITS if evaluate(serving, unit)["metadata"]["inExperiment"]}
    gone = {unit for unit in UNITS if evaluate(serving, unit, environment=GONE)["metadata"]["inExperiment"]}
    eventually(lambda: exposures.dropped >= len(gone) and exposures.recorded >= len(part), seconds=5)

    assert units_in(outbox) == part
    assert (exposures.recorded, exposures.dropped) == (len(part), len(gone))


def test_a_batch_of_exposures_that_is_not_settled_comes_again() -> None:
    buffer = ExposureBuffer()
    buffer.note(7, BLUE, "user-1")

    def ids(given: list[Given]) -> list[str]:
        return [event["event_id"] for one in given for event in events_of(one)]

    assert ids(buffer.fresh()) == ids(buffer.fresh()) != []
