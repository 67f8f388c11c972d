"""Several movers at once, and applications that send meanwhile: real threads with connections of their own."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from server.events.models import Block
from server.events.move import move_blocks
from tests.events.sending import NOW, event, many, send, stopped_at
from tests.events.warehouses import Watched, files_in, ids_in, intake_of, nothing_waits
from tests.factories import new_world
from tests.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_several_movers_at_once_one_moves_and_the_others_do_nothing(tmp_path: Path) -> None:
    here = new_world().environment.pk
    send(here, *many(50))
    began, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        assert may_end.wait(20)

    slow = Watched(files_in(tmp_path), before_append=wait)
    others = Watched(files_in(tmp_path))

    def come_second() -> int:
        assert began.wait(20)
        return move_blocks(others, clock=stopped_at(NOW))

    def come_last() -> int:
        try:
            return come_second()
        finally:
            may_end.set()

    assert race(lambda: move_blocks(slow, clock=stopped_at(NOW)), come_last) == [1, 0]

    assert others.given == []
    assert ids_in(others, here) == Counter(f"m{n}" for n in range(50))


def test_what_is_sent_while_several_move_arrives_once(tmp_path: Path) -> None:
    here = new_world().environment.pk
    warehouse = files_in(tmp_path)
    sending = threading.Semaphore(0)
    senders, rounds = 3, 15

    def sender(number: int) -> Callable[[], None]:
        def run() -> None:
            try:
                for part in range(rounds):
                    send(here, *many(20, f"{part}."), event(f"own{number}.{part}"))  # all senders send the same 20
            finally:
                sending.release()

        return run

    ended = threading.Event()

    def mover() -> int:
        moved = 0
        while not ended.is_set():
            moved += move_blocks(warehouse, clock=stopped_at(NOW))
            time.sleep(0.005)
        return moved

    def until_all_are_sent() -> None:
        for _ in range(senders):
            assert sending.acquire(timeout=30)
        ended.set()

    answers = race(until_all_are_sent, mover, mover, *[sender(number) for number in range(senders)])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    move_blocks(warehouse, clock=stopped_at(NOW))

    shared = [f"{part}.{n}" for part in range(rounds) for n in range(20)]
    own = [f"own{number}.{part}" for number in range(senders) for part in range(rounds)]
    assert ids_in(warehouse, here) == Counter(shared + own)
    assert intake_of(here) == (len(shared + own), (senders - 1) * len(shared))
    assert nothing_waits()
    assert Block.objects.count() >= 2


def test_a_mover_that_cannot_say_that_it_has_ended_keeps_nobody_out(tmp_path: Path) -> None:
    here = new_world().environment.pk
    warehouse = files_in(tmp_path)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if "pg_advisory_unlock" in sql:
            raise RuntimeError("as asked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse), pytest.raises(RuntimeError):
        move_blocks(warehouse, clock=stopped_at(NOW))
    send(here, event("a"))

    def moved_in_the_end() -> int:
        deadline = time.monotonic() + 10  # PostgreSQL takes a moment to see that a session has ended
        while not (moved := move_blocks(warehouse, clock=stopped_at(NOW))) and time.monotonic() < deadline:
            time.sleep(0.02)
        return moved

    assert race(moved_in_the_end) == [1]
