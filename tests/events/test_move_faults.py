"""Whoever moves events may die at any statement, step or moment: nothing is lost, and nothing is there twice.

Each test sends events with duplicates among them, has the mover die again and again, lets the next one run to
the end, and counts what the warehouse has.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.utils import Error

from server.events.models import Block, OutboxBatch, SeenEvent
from server.events.move import move_blocks
from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.events.sending import NOW, event, many, send, stopped_at
from tests.events.warehouses import Watched, files_in, ids_in, intake_of, nothing_waits
from tests.experimentation.faults import FailingStatement, Fault, LosesTheConnection
from tests.factories import new_world
from tests.warehouse.clickhouse import in_process
from tests.work.working import CHECKOUT, url_of_the_tests

pytestmark = pytest.mark.django_db(transaction=True)


def sent(here: int, prefix: str) -> Counter[str]:
    """What is to be in the warehouse, once."""
    send(here, *many(12, prefix), event(f"{prefix}1"))
    send(here, *many(9, f"{prefix}-"), event(f"{prefix}2"), event("always"))
    return Counter([*(f"{prefix}{n}" for n in range(12)), *(f"{prefix}-{n}" for n in range(9)), "always"])


def dies(call: Callable[[], object]) -> bool:
    """Whether the call ended by the fault; a lost connection is replaced, as a new process would have one."""
    try:
        call()
    except (Fault, Error):
        connection.close()
        return True
    return False


@pytest.fixture(params=["files", "clickhouse"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Each warehouse that events are moved into."""
    if request.param == "files":
        yield files_in(tmp_path)
        return
    with in_process.database() as connect:
        yield in_process.warehouse_of(connect)


@pytest.mark.parametrize("kind", [FailingStatement, LosesTheConnection])
def test_a_mover_that_dies_at_any_statement_loses_nothing_and_moves_nothing_twice(
    warehouse: Any, kind: type[FailingStatement]
) -> None:
    here = new_world().environment.pk
    expected = Counter[str]()
    number = deaths = 0

    while True:
        number += 1
        expected |= sent(here, f"s{number}.")
        fault = kind(number)

        def move(fault: FailingStatement = fault) -> None:
            with fault.inside():
                move_blocks(warehouse, clock=stopped_at(NOW))

        deaths += dies(move)
        move_blocks(warehouse, clock=stopped_at(NOW))
        assert ids_in(warehouse, here) == expected, f"after statement {number}"
        assert nothing_waits()
        if not fault.happened:
            break

    assert deaths == number - 1 >= 18
    total = 22 * number
    assert intake_of(here) == (expected.total(), total + 2 * number - expected.total())
    assert SeenEvent.objects.count() == expected.total()


@pytest.mark.parametrize("step", ["before_append", "after_append", "before_publish", "after_publish"])
def test_a_mover_that_dies_at_any_step_again_and_again_moves_the_same_block_in_the_end(
    tmp_path: Path, step: str
) -> None:
    here = new_world().environment.pk
    expected = sent(here, "s")
    warehouse = Watched(files_in(tmp_path))

    def die() -> None:
        raise Fault(step)

    setattr(warehouse, step, die)
    for _ in range(3):
        assert dies(lambda: move_blocks(warehouse, clock=stopped_at(NOW)))
        assert ids_in(warehouse, here) == Counter()
    setattr(warehouse, step, lambda: None)
    move_blocks(warehouse, clock=stopped_at(NOW))

    assert ids_in(warehouse, here) == expected
    assert len(warehouse.given) == 4
    assert all(given == warehouse.given[0] for given in warehouse.given)


def test_a_mover_that_loses_its_session_while_another_one_finishes_the_block_changes_nothing(tmp_path: Path) -> None:
    here = new_world().environment.pk
    expected = sent(here, "s")
    files = files_in(tmp_path)

    def another_one_comes() -> None:
        connection.close()
        assert move_blocks(files, clock=stopped_at(NOW)) == 1

    slow = Watched(files, after_append=another_one_comes)
    move_blocks(slow, clock=stopped_at(NOW))

    assert ids_in(files, here) == expected
    assert intake_of(here) == (expected.total(), 2)
    assert nothing_waits()


def test_a_mover_that_lost_its_session_does_not_finish_while_another_one_moves(tmp_path: Path) -> None:
    here = new_world().environment.pk
    expected = sent(here, "s")
    files = files_in(tmp_path)
    other = connection.copy()

    def another_one_begins() -> None:
        connection.close()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('fairsplit moves events', 0))")

    try:
        assert move_blocks(Watched(files, after_append=another_one_begins), clock=stopped_at(NOW)) == 0
        assert ids_in(files, here) == Counter()
        assert Block.objects.get().done_at is None
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert move_blocks(files, clock=stopped_at(NOW)) == 1
    assert ids_in(files, here) == expected


ROUNDS, PARTS = 5, 5
MOVER = """
import django
django.setup()
from pathlib import Path
from server.events.move import move_blocks
from tests.events.sending import NOW, stopped_at
from tests.events.warehouses import files_in
import sys
from server.events import blocks
blocks._CHOOSE = blocks.Repeated(blocks._CHOOSE.replace(str(blocks.MOST_EVENTS), "1100"))
print("ready", flush=True)
while True:
    move_blocks(files_in(Path(sys.argv[1])), clock=stopped_at(NOW))
"""


def test_a_mover_that_is_killed_at_any_moment_loses_nothing_and_moves_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = new_world().environment.pk
    folder = tmp_path / "warehouse"
    monkeypatch.setenv("DATABASE_URL", url_of_the_tests())
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
    expected = Counter[str]()
    moments = random.Random(7)

    for number in range(ROUNDS):
        for part in range(PARTS):
            send(here, *many(1_000, f"k{number}.{part}."), event(f"k{number}.{part}.5"), event("always"))
            expected |= Counter([f"k{number}.{part}.{n}" for n in range(1_000)] + ["always"])
        with subprocess.Popen(
            [sys.executable, "-c", MOVER, str(folder)], cwd=CHECKOUT, stdout=subprocess.PIPE, env=os.environ
        ) as mover:
            assert mover.stdout is not None
            assert mover.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.3))
            mover.kill()
            assert mover.wait() == -signal.SIGKILL
        assert ids_in(files_in(folder), here) <= expected

    _once_the_dead_are_gone(files_in(folder))
    assert ids_in(files_in(folder), here) == expected
    assert intake_of(here) == (expected.total(), ROUNDS * PARTS * 2 - 1)


def _once_the_dead_are_gone(warehouse: ParquetWarehouse) -> None:
    """PostgreSQL may take a moment to see that the one who was killed is gone."""
    deadline = time.monotonic() + 20
    while OutboxBatch.objects.exists() and time.monotonic() < deadline:
        move_blocks(warehouse, clock=stopped_at(NOW))
        time.sleep(0.05)
    assert nothing_waits()
