"""Processes that serve flags, run for real: every change reaches each of them, soon, and none ever goes back."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from server.accounts.authors import Author
from server.projects.models import EnvironmentKeyKind
from server.projects.revisions import bump_revision
from server.projects.services.create_environment_key import CreatedEnvironmentKey, create_environment_key
from server.projects.services.revoke_environment_key import revoke_environment_key
from tests.factories import NOW, World, new_world
from tests.serving.processes import ONE_FLAG, Process, asking, eventually, serving, url_of_the_test_database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return new_world()


@pytest.fixture
def two(world: World) -> Iterator[tuple[Process, Process]]:
    url = url_of_the_test_database()
    with serving(url) as one, serving(url) as other:
        yield one, other


def new_key(world: World, kind: EnvironmentKeyKind = EnvironmentKeyKind.SERVER) -> CreatedEnvironmentKey:
    author: Author = world.author
    return create_environment_key(environment_id=world.environment.pk, name="app", kind=kind, author=author, now=NOW)


def bump(world: World) -> int:
    bump_revision(world.environment)
    world.environment.refresh_from_db()
    return world.environment.revision


class Reader(threading.Thread):
    """Asks one process over and over which revision it serves, and remembers when it said what."""

    def __init__(self, process: Process, key: str) -> None:
        super().__init__(daemon=True)
        self.process, self.key = process, key
        self.seen: list[tuple[float, int]] = []
        self.stopping = False

    def run(self) -> None:
        with contextlib.closing(self.process.caller()) as caller:
            while not self.stopping:
                caller.request("POST", ONE_FLAG, b'{"context":{"targetingKey":"u"}}', asking(self.key))
                value = json.loads(caller.getresponse().read())["value"]
                self.seen.append((time.monotonic(), value))

    def first_seen(self, revision: int) -> float:
        return next((when for when, seen in self.seen if seen >= revision), float("inf"))


def test_every_process_serves_a_change_within_a_second_and_none_goes_back(
    world: World, two: tuple[Process, Process]
) -> None:
    key = new_key(world).key
    eventually(lambda: all(process.evaluate(key)[0] == 200 for process in two), seconds=5)
    readers = [Reader(process, key) for process in two]
    for reader in readers:
        reader.start()

    committed = []
    for _ in range(30):
        revision = bump(world)
        committed.append((time.monotonic(), revision))
        time.sleep(0.05)
    time.sleep(1)
    for reader in readers:
        reader.stopping = True
        reader.join()

    for reader in readers:
        revisions = [revision for _, revision in reader.seen]
        assert revisions == sorted(revisions)
        assert revisions[-1] == committed[-1][1]
        assert max(reader.first_seen(revision) - when for when, revision in committed) < 1


def test_a_notification_that_is_lost_costs_less_than_a_second(world: World, two: tuple[Process, Process]) -> None:
    key = new_key(world).key
    eventually(lambda: all(process.evaluate(key)[0] == 200 for process in two), seconds=5)

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger fires
        revision = bump(world)
        cursor.execute("RESET session_replication_role")

    took = eventually(lambda: all(p.evaluate(key)[2]["value"] == revision for p in two), seconds=2)
    assert took < 1


def test_a_new_key_opens_and_a_revoked_one_ends_within_a_second(world: World, two: tuple[Process, Process]) -> None:
    created = new_key(world)

    opened = eventually(lambda: all(p.evaluate(created.key)[0] == 200 for p in two), seconds=3)
    revoke_environment_key(environment_key_id=created.environment_key.pk, author=world.author, now=NOW)
    ended = eventually(lambda: all(p.evaluate(created.key)[0] == 401 for p in two), seconds=3)

    assert max(opened, ended) < 1


def test_random_keys_cost_the_database_nothing(world: World, two: tuple[Process, Process]) -> None:
    def commits() -> int:
        time.sleep(1.5)  # a session counts itself once a second, when it does something: all of them look for changes
        with connection.cursor() as cursor:
            cursor.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
            return int(cursor.fetchone()[0])

    before = commits()
    idle = commits() - before
    answers = {two[0].evaluate(f"fss_{'x' * 30}{number:013}")[0] for number in range(500)}
    busy = commits() - before - idle

    assert answers == {401}
    assert 0 < busy < idle + 100


def test_many_clients_hear_of_a_change_without_a_thread_each(world: World, two: tuple[Process, Process]) -> None:
    process, _ = two
    key = new_key(world).key
    eventually(lambda: process.evaluate(key)[0] == 200, seconds=5)
    threads = process.worker().num_threads()
    with contextlib.ExitStack() as stack:
        streams = []
        for _ in range(200):
            caller = stack.enter_context(contextlib.closing(process.caller()))
            caller.request("GET", "/v1/events", headers=asking(key))
            streams.append(caller.getresponse())
        greetings = [next_message(stream) for stream in streams]
        more_threads = process.worker().num_threads() - threads
        answered = process.evaluate(key)[0]
        revision = bump(world)
        started = time.monotonic()
        heard = {next_message(stream)["revision"] for stream in streams}
        took = time.monotonic() - started

    assert {stream.getheader("content-type") for stream in streams} == {"text/event-stream"}
    assert {greeting["type"] for greeting in greetings} == {"refetchEvaluation"}
    assert more_threads <= 4
    assert answered == 200
    assert heard == {revision}
    assert took < 1


def test_event_streams_end_when_the_process_is_asked_to_stop(world: World) -> None:
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(serving(url_of_the_test_database()))
        key = new_key(world).key
        eventually(lambda: process.evaluate(key)[0] == 200, seconds=5)
        caller = stack.enter_context(contextlib.closing(process.caller()))
        caller.request("GET", "/v1/events", headers=asking(key))
        stream = caller.getresponse()
        next_message(stream)
        process.worker().terminate()
        started = time.monotonic()
        rest = stream.read()
        took = time.monotonic() - started

    assert rest.strip() == b""
    assert took < 2


def test_an_event_stream_ends_within_a_second_of_its_key(world: World) -> None:
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(serving(url_of_the_test_database()))
        keys = [new_key(world, EnvironmentKeyKind.CLIENT), new_key(world)]
        eventually(lambda: all(process.evaluate(each.key)[0] == 200 for each in keys), seconds=5)
        streams = []
        for each in keys:
            caller = stack.enter_context(contextlib.closing(process.caller()))
            caller.request("GET", "/v1/events", headers=asking(each.key))
            streams.append(caller.getresponse())
            next_message(streams[-1])
        revoke_environment_key(environment_key_id=keys[0].environment_key.pk, author=world.author, now=NOW)
        started = time.monotonic()
        streams[0].read()
        took = time.monotonic() - started
        revision = bump(world)
        while next_message(streams[1])["revision"] != revision:  # the other key's stream goes on
            pass

    assert took < 1


def test_a_process_takes_only_so_many_streams(world: World) -> None:
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(serving(url_of_the_test_database(), STREAMS="2"))
        key = new_key(world).key
        eventually(lambda: process.evaluate(key)[0] == 200, seconds=5)
        statuses = []
        for _ in range(3):
            caller = stack.enter_context(contextlib.closing(process.caller()))
            caller.request("GET", "/v1/events", headers=asking(key))
            statuses.append(caller.getresponse().status)

    assert statuses == [200, 200, 503]


def next_message(stream: object) -> dict[str, object]:
    """The data of the next event that has any."""
    while True:
        line = stream.readline()  # type: ignore[attr-defined]
        assert line, "the stream has ended"
        if line.startswith(b"data: "):
            return dict(json.loads(line[6:]))
