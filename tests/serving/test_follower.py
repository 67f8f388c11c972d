"""What is kept in memory while the database changes, fails and comes back: with a source made by hand."""

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from server.evaluation.engine import evaluate
from server.evaluation.snapshot import EnvironmentDocument
from server.serving.follower import Follower
from server.serving.health import state_of
from server.serving.keys import Key, KeyRing
from server.serving.source import Settings
from server.serving.store import Store
from tests.serving.documents import document, flag
from tests.serving.processes import eventually


class Table:
    """A source that says what the test says."""

    def __init__(self) -> None:
        self.documents: dict[int, Any] = {1: document(1)}
        self.digests: dict[str, Key] = {}
        self.gone = False
        self.answers = threading.Event()
        self.answers.set()
        self.loads = 0
        self.seconds_to_load = 0.0
        self.forgotten: list[int] = []

    def connect(self) -> None:
        self._fail()

    def wait(self, wake: int, seconds: float) -> None:
        time.sleep(0.005)
        self._fail()

    def close(self) -> None:
        pass

    def revisions(self, environment_ids: Collection[int]) -> dict[int, int]:
        self._fail()
        return {number: self.documents[number]["revision"] for number in environment_ids if number in self.documents}

    def keys_state(self) -> object:
        self._fail()
        return sorted(self.digests)

    def keys(self) -> dict[str, Key]:
        return dict(self.digests)

    def settings(self, environment_id: int) -> Settings:
        return Settings()

    def document(self, environment_id: int, previous: EnvironmentDocument | None) -> EnvironmentDocument:
        self._fail()
        self.loads += 1
        time.sleep(self.seconds_to_load)
        found: EnvironmentDocument = self.documents[environment_id]
        return found

    def forget(self, environment_id: int) -> None:
        self.forgotten.append(environment_id)

    def _fail(self) -> None:
        self.answers.wait()
        if self.gone:
            raise OperationalError("the server closed the connection")


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def follower(table: Table, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    monkeypatch.setattr("server.serving.follower.SECONDS_TO_RETRY", 0.01)
    follower = Follower(table, Store(), KeyRing())
    follower.start(patience=5)
    follower.want(1).result(5)
    yield follower
    table.answers.set()
    follower.stop()


def served(follower: Follower, key: str = "revision") -> Any:
    held = follower.store.get(1)
    assert held is not None
    return evaluate(held.compiled, key, "unit", {}).value


def soon(holds: Callable[[], bool]) -> None:
    eventually(holds, seconds=5)


def test_a_newer_revision_takes_the_place_of_an_older_one(table: Table, follower: Follower) -> None:
    table.documents[1] = document(2)

    soon(lambda: served(follower) == 2)


def test_an_environment_that_nobody_asked_for_is_not_loaded(table: Table, follower: Follower) -> None:
    table.documents[2] = document(1, 2)
    time.sleep(0.05)

    assert (table.loads, follower.store.revisions()) == (1, {1: 1})


def test_an_older_revision_never_takes_the_place_of_a_newer_one(table: Table, follower: Follower) -> None:
    table.documents[1] = document(7)
    soon(lambda: served(follower) == 7)
    table.documents[1] = document(3)  # as after restoring a backup
    time.sleep(0.05)
    follower.store.put(1, document(3), frozenset())

    assert served(follower) == 7


def test_a_document_that_does_not_compile_leaves_the_last_good_one_and_raises_an_alarm_once(
    table: Table, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    table.documents[1] = {**document(2), "format": 99}
    soon(lambda: bool(follower.store.alarms.failing))
    time.sleep(0.05)

    assert served(follower) == 1
    assert follower.store.alarms.failing == {1: "revision 2: BadSnapshot: format must be 1"}
    assert follower.store.alarms.failures == 1
    assert [record.levelname for record in caplog.records if "cannot be compiled" in record.message] == ["ERROR"]

    table.documents[1] = document(3)
    soon(lambda: served(follower) == 3)
    assert follower.store.alarms.failing == {}


def test_a_flag_that_does_not_compile_stays_as_it_was_and_the_others_go_on(table: Table, follower: Follower) -> None:
    table.documents[1] = document(2, checkout=flag("blue", "STRING"))
    soon(lambda: served(follower) == 2)
    table.documents[1] = document(3, checkout=flag("red", "NO TYPE"), fresh=flag(5, "NO TYPE"))
    soon(lambda: served(follower) == 3)

    assert served(follower, "checkout") == "blue"
    assert follower.store.faults() == {1: ["checkout", "fresh"]}
    assert follower.store.alarms.failures == 1


def test_an_environment_that_was_deleted_vanishes(table: Table, follower: Follower) -> None:
    del table.documents[1]

    soon(lambda: follower.store.get(1) is None)
    assert table.forgotten == [1]


def test_without_a_database_memory_goes_on_and_says_for_how_long(table: Table, follower: Follower) -> None:
    assert follower.stale_seconds() is None
    table.gone = True
    soon(lambda: not follower.reachable)

    assert served(follower) == 1
    assert follower.stale_seconds() == 0
    assert follower.want(2).result(1) is None  # at once: nobody waits for what cannot come
    assert follower.store.get(2) is None

    table.gone, table.documents[1] = False, document(9)
    soon(lambda: served(follower) == 9)
    assert follower.stale_seconds() is None


def test_that_the_database_is_gone_is_said_once(
    table: Table, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    table.gone = True
    soon(lambda: not follower.reachable)
    time.sleep(0.1)

    said = [record for record in caplog.records if "served from memory" in record.message]
    assert len(said) == 1


def test_keys_are_replaced_all_at_once(table: Table, follower: Follower) -> None:
    table.digests = {"digest": Key(1, client=False)}
    soon(lambda: follower.keys._keys == {"digest": Key(1, client=False)})
    table.digests = {}
    soon(lambda: follower.keys._keys == {})


def test_who_waits_for_an_environment_that_cannot_be_loaded_is_told(table: Table, follower: Follower) -> None:
    assert follower.want(404).result(5) is None
    assert follower.store.get(404) is None
    assert 404 in follower.store.alarms.failing
    assert follower.reachable


def test_a_database_that_hangs_makes_memory_stale_without_an_error(
    table: Table, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.follower.SECONDS_TO_VOUCH", 0.2)
    assert follower.stale_seconds() is None
    table.answers.clear()
    time.sleep(0.1)
    assert follower.stale_seconds() is None
    soon(lambda: follower.stale_seconds() == 0)

    assert follower.reachable  # nobody has told it otherwise
    assert state_of(follower)["database"] == "unreachable"
    assert follower.want(2).result(1) is None  # at once: nobody waits for what may never come
    assert served(follower) == 1

    table.documents[1] = document(2)
    table.answers.set()
    soon(lambda: served(follower) == 2 and follower.stale_seconds() is None)
    assert state_of(follower)["database"] == "followed"


def test_loads_that_take_long_together_leave_memory_vouched_for(
    table: Table, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.follower.SECONDS_TO_VOUCH", 0.25)
    table.documents |= {number: document(1, number) for number in range(2, 6)}
    table.seconds_to_load = 0.15
    wanted = [follower.want(number) for number in range(2, 6)]
    stale = set()
    while not all(future.done() for future in wanted):
        stale.add(follower.stale_seconds())
        time.sleep(0.005)

    assert stale == {None}
    assert follower.store.revisions() == dict.fromkeys(range(1, 6), 1)


def test_who_waits_for_a_first_load_that_takes_long_goes_on_waiting(
    table: Table, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.follower.SECONDS_TO_VOUCH", 0.1)
    table.documents |= {2: document(1, 2), 3: document(1, 3)}
    table.seconds_to_load = 0.5
    one = follower.want(2)
    soon(lambda: follower.stale_seconds() is not None)
    other = follower.want(3)

    assert (one.done(), other.done()) == (False, False)
    other.result(5)
    assert follower.store.revisions() == {1: 1, 2: 1, 3: 1}


def test_a_revision_that_fails_is_tried_less_and_less_often_and_a_new_one_at_once(
    table: Table, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.serving.retries.SHORTEST_PAUSE", 0.2)
    table.documents[1] = {**document(2), "format": 99}
    started, loads = time.monotonic(), table.loads
    time.sleep(1)
    tried = table.loads - loads
    due = 1 + int(math.log2((time.monotonic() - started) / 0.2 + 1))

    assert tried in (due - 1, due)  # after 0, 0.2, 0.6 (and 1.4) seconds
    table.documents[1] = document(3)
    assert eventually(lambda: served(follower) == 3, seconds=5) < 0.5


def test_asking_for_an_environment_that_fails_does_not_load_it_each_time(table: Table, follower: Follower) -> None:
    table.documents[2] = {**document(1, 2), "format": 99}
    loads = table.loads
    for _ in range(20):
        assert follower.want(2).result(5) is None

    assert table.loads == loads + 1
    table.documents[2] = document(2, 2)
    follower.want(2).result(5)
    assert follower.store.revisions() == {1: 1, 2: 2}
