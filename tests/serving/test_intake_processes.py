"""Events that come in over real connections into a real outbox: what was answered is there, whatever happens then."""

import contextlib
import gzip
import json
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from server.events.models import OutboxBatch
from server.projects.models import EnvironmentKeyKind
from server.projects.services.create_environment_key import create_environment_key
from server.versioning.services.update_environment import update_environment
from tests.experimentation.acting import start
from tests.factories import NOW, World, new_world, split_of
from tests.serving.processes import Process, asking, eventually, serving, url_of_the_test_database

EVENTS = "/v1/events"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return new_world()


@pytest.fixture
def key(world: World) -> str:
    return create_environment_key(
        environment_id=world.environment.pk, name="app", kind=EnvironmentKeyKind.SERVER, author=world.author, now=NOW
    ).key


@pytest.fixture
def process(key: str) -> Iterator[Process]:
    with serving(url_of_the_test_database(), "server.serving") as running:
        yield running


def batch(*event_ids: str) -> bytes:
    events = [{"type": "event", "id": one, "targetingKey": "u", "name": "purchase"} for one in event_ids]
    return json.dumps({"events": events}).encode()


def post(process: Process, key: str, body: bytes, path: str = EVENTS, **headers: str) -> tuple[int, Any]:
    with contextlib.closing(process.caller()) as caller:
        caller.request("POST", path, body, asking(key) | {n.replace("_", "-"): text for n, text in headers.items()})
        answer = caller.getresponse()
        return answer.status, json.loads(answer.read())


def stored() -> list[dict[str, Any]]:
    """Every event of the outbox, in the order in which they came."""
    batches = OutboxBatch.objects.order_by("pk").values_list("lines", flat=True)
    return [json.loads(line) for lines in batches for line in bytes(lines).split(b"\n")]


def test_what_was_answered_is_durable_also_if_the_process_is_killed_right_then(process: Process, key: str) -> None:
    worker = process.worker()
    answer = post(process, key, gzip.compress(batch("a", "b")), content_encoding="gzip")
    worker.send_signal(signal.SIGKILL)

    assert answer == (200, {"accepted": 2, "rejected": []})
    assert [event["event_id"] for event in stored()] == ["a", "b"]


def test_of_many_who_send_when_the_process_is_killed_nobody_was_told_too_much(process: Process, key: str) -> None:
    answered: list[str] = []
    senders = 8

    def send(sender: int) -> None:
        with contextlib.closing(process.caller()) as caller, contextlib.suppress(OSError, ConnectionError):
            for number in range(100_000):
                caller.request("POST", EVENTS, batch(f"{sender}-{number}"), asking(key))
                answer = caller.getresponse()
                answer.read()
                assert answer.status == 200
                answered.append(f"{sender}-{number}")

    worker = process.worker()
    threads = [threading.Thread(target=send, args=[sender]) for sender in range(senders)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answered) > 200, seconds=20)
    worker.kill()
    for thread in threads:
        thread.join(20)

    there = {event["event_id"] for event in stored()}
    assert set(answered) <= there
    assert len(there) - len(answered) <= senders
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text), count(*) FROM events_outboxbatch")
        transactions, batches = cursor.fetchone()
    assert transactions < batches  # some were stored together


def test_bodies_in_chunks_and_bodies_too_large_meet_the_same_limit(process: Process, key: str) -> None:
    mebibyte = b" " * 1024 * 1024

    def in_chunks(times: int) -> int:
        with contextlib.closing(process.caller()) as caller:
            body = iter([batch(f"chunks-{times}"), *[mebibyte] * times])
            with contextlib.suppress(OSError):
                caller.request("POST", EVENTS, body, asking(key), encode_chunked=True)
            return caller.getresponse().status

    assert (in_chunks(4), in_chunks(5)) == (200, 413)
    assert [event["event_id"] for event in stored()] == ["chunks-4"]


def test_flags_are_answered_while_a_large_batch_is_read(process: Process, key: str) -> None:
    events = [
        {"type": "event", "id": f"e-{n}", "targetingKey": f"u-{n}", "name": "view", "properties": {"page": "x" * 400}}
        for n in range(8_000)
    ]
    body = json.dumps({"events": events}).encode()
    answers: list[tuple[int, Any]] = []
    sender = threading.Thread(target=lambda: answers.append(post(process, key, body)))
    asked = 0
    with contextlib.closing(process.caller()) as caller:
        sender.start()
        while sender.is_alive():
            caller.request("POST", "/ofrep/v1/evaluate/flags", b"{}", asking(key))
            assert caller.getresponse().read()
            asked += 1

    assert answers == [(200, {"accepted": 8_000, "rejected": []})]
    assert asked > 5


def an_experiment(world: World) -> str:
    """The key of a feature on which an experiment runs that takes everybody in."""
    feature = world.feature()
    start(world, world.experiment(feature, rollout=split_of(feature, percentage=100)))
    return feature.key


def record(world: World, *, on: bool) -> None:
    update_environment(environment_id=world.environment.pk, record_exposures=on, author=world.author, now=NOW)


def test_an_evaluation_of_one_flag_records_the_exposure_once_while_that_is_on(
    world: World, process: Process, key: str
) -> None:
    flag, revision = an_experiment(world), "/v1/snapshot"
    path = f"/ofrep/v1/evaluate/flags/{flag}"
    before = post(process, key, b'{"context":{"targetingKey":"before"}}', path)
    record(world, on=True)
    world.environment.refresh_from_db()
    newest = world.environment.revision
    eventually(lambda: json.loads(process.get(revision, **asking(key))[2])["revision"] == newest, seconds=5)
    for _ in range(3):
        met = [post(process, key, b'{"context":{"targetingKey":"%b"}}' % unit, path)[1] for unit in (b"one", b"two")]
    post(process, key, b'{"context":{"targetingKey":"all"}}', "/ofrep/v1/evaluate/flags")
    post(process, key, b"{}", path)

    eventually(lambda: len(stored()) >= 2, seconds=5)
    post(process, key, b'{"context":{"targetingKey":"one"}}', path)  # somebody comes again, later
    post(process, key, b'{"context":{"targetingKey":"three"}}', path)
    eventually(lambda: len(stored()) >= 3, seconds=5)
    said = json.loads(process.get("/v1/ready")[2])["events"]

    assert before[1]["metadata"]["inExperiment"] is True
    assert [event["targeting_key"] for event in stored()] == ["one", "two", "three"]
    for event, answer in zip(stored(), met, strict=False):
        assert (event["flag"], event["variant"]) == (flag, answer["variant"])
        assert (event["experiment"], event["phase"]) == (answer["metadata"]["experiment"], 1)
    assert len({event["event_id"] for event in stored()}) == 3
    assert (said["exposuresRecorded"], "exposuresDropped" in said) == (3, False)


def test_two_processes_give_an_exposure_the_same_id(world: World, process: Process, key: str) -> None:
    flag = an_experiment(world)
    record(world, on=True)
    with serving(url_of_the_test_database(), "server.serving") as other:
        for one in (process, other):
            eventually(lambda one=one: post(one, key, b"{}")[0] != 503, seconds=5)  # type: ignore[misc]
            post(one, key, b'{"context":{"targetingKey":"u"}}', f"/ofrep/v1/evaluate/flags/{flag}")
        eventually(lambda: len(stored()) == 2, seconds=5)

    first, second = stored()
    assert first["event_id"] == second["event_id"]


def test_exposures_that_were_noted_are_stored_when_the_process_stops(world: World, process: Process, key: str) -> None:
    flag = an_experiment(world)
    record(world, on=True)
    path = f"/ofrep/v1/evaluate/flags/{flag}"
    eventually(lambda: post(process, key, b"{}", path)[0] == 200, seconds=5)
    for number in range(50):
        post(process, key, b'{"context":{"targetingKey":"u-%d"}}' % number, path)
    worker = process.worker()
    worker.terminate()
    worker.wait(10)

    assert len(stored()) == 50
