"""Moving: what waits comes into the warehouse, in blocks, each event once, and is counted."""

from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.events import blocks
from server.events.backlog import backlog
from server.events.models import Block, Intake, OutboxBatch, SeenEvent
from server.events.move import move_blocks
from server.warehouse.engine import ReadOnlyWarehouse, WarehouseUnavailable
from server.warehouse.models import WarehouseFile
from server.warehouse.tables import FileKind
from tests.events.sending import NOW, NOW_US, event, exposure, many, send, stopped_at
from tests.events.warehouses import Watched, files_in, ids_in, intake_of, nothing_waits, rows_in
from tests.factories import World, new_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return new_world()


@pytest.fixture
def warehouse(tmp_path: Path) -> Watched:
    return Watched(files_in(tmp_path / "warehouse"))


def raises(problem: Exception) -> Any:
    def failing() -> None:
        raise problem

    return failing


def test_events_arrive_as_they_were_read(world: World, warehouse: Watched) -> None:
    here = world.environment.pk
    send(here, exposure("a", properties={"country": "NL"}), event("b", value=2.5, properties={"n": 1, "t": "\n\\😀"}))

    assert move_blocks(warehouse, clock=stopped_at(NOW)) == 1

    common = {"environment_id": here, "targeting_key": "user-1", "received_at": NOW_US}
    assert rows_in(warehouse, here) == [
        common
        | {"event_id": "a", "time": NOW_US - 5_000_000, "flag": "checkout-button", "variant": "blue"}
        | {"experiment": "button-wording", "phase": 2, "properties": {"country": "NL"}},
        common
        | {"event_id": "b", "time": NOW_US - 4_000_000, "name": "order", "value": 2.5}
        | {"properties": {"n": "1", "t": "\n\\😀"}},
    ]
    assert nothing_waits()


def test_of_the_same_id_the_first_counts_within_a_batch_a_block_and_the_window(
    world: World, warehouse: Watched
) -> None:
    here = world.environment.pk
    send(here, event("a", value=1), event("b", value=1), event("a", value=2))
    send(here, event("c", value=1), event("b", value=2), exposure("a"))
    move_blocks(warehouse, clock=stopped_at(NOW))
    send(here, event("a", value=3), event("d", value=1))
    send(here, event("c", value=3))
    move_blocks(warehouse, clock=stopped_at(NOW + timedelta(hours=71)))

    assert [(row["event_id"], row["value"]) for row in rows_in(warehouse, here)] == [
        ("a", 1.0),
        ("b", 1.0),
        ("c", 1.0),
        ("d", 1.0),
    ]
    assert intake_of(here) == (4, 5)
    assert list(Block.objects.order_by("pk").values_list("events", flat=True)) == [6, 3]


def test_ids_of_other_environments_are_other_ids(world: World, warehouse: Watched) -> None:
    other = new_world().environment.pk
    send(world.environment.pk, event("a"))
    send(other, event("a"))

    move_blocks(warehouse, clock=stopped_at(NOW))

    assert ids_in(warehouse, world.environment.pk) == ids_in(warehouse, other) == Counter(["a"])


def test_a_block_of_nothing_but_duplicates_asks_nothing_of_the_warehouse(world: World, warehouse: Watched) -> None:
    here = world.environment.pk
    send(here, event("a"))
    move_blocks(warehouse, clock=stopped_at(NOW))
    send(here, event("a"))

    assert move_blocks(warehouse, clock=stopped_at(NOW)) == 1

    assert len(warehouse.given) == 1
    assert intake_of(here) == (1, 1)
    assert nothing_waits()


def test_a_block_ends_at_so_many_events_batches_or_bytes(
    world: World, warehouse: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world.environment.pk
    for number in range(5):
        send(here, *many(10, f"{number}-"))
    limited = str(blocks._CHOOSE).replace(f"<= {blocks.MOST_EVENTS}", "<= 25")
    monkeypatch.setattr(blocks, "_CHOOSE", blocks.Repeated(limited))

    assert move_blocks(warehouse, clock=stopped_at(NOW), most_blocks=2) == 2
    assert list(Block.objects.order_by("pk").values_list("events", flat=True)) == [20, 20]

    send(here, *many(40, "large"))
    assert move_blocks(warehouse, clock=stopped_at(NOW)) == 2
    assert list(Block.objects.order_by("pk").values_list("events", flat=True)) == [20, 20, 10, 40]

    for number in range(4):
        send(here, event(f"b{number}"))
    monkeypatch.setattr(blocks, "_CHOOSE", blocks.Repeated(limited.replace(f"LIMIT {blocks.MOST_BATCHES}", "LIMIT 3")))
    move_blocks(warehouse, clock=stopped_at(NOW))
    assert list(Block.objects.order_by("pk").values_list("events", flat=True)[4:]) == [3, 1]

    for number in range(4):
        send(here, event(f"c{number}"))
    size = OutboxBatch.objects.order_by("pk")[0].size
    limited = str(limited).replace(f"< {blocks.MOST_BYTES}", f"< {2 * size}")
    monkeypatch.setattr(blocks, "_CHOOSE", blocks.Repeated(limited))
    move_blocks(warehouse, clock=stopped_at(NOW))
    assert list(Block.objects.order_by("pk").values_list("events", flat=True)[6:]) == [2, 2]
    assert ids_in(warehouse, here).total() == intake_of(here)[0] == 98


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_committed_after_a_later_one_was_moved_is_moved_after_it(
    world: World, warehouse: Watched
) -> None:
    here = world.environment.pk
    slow = connection.copy()
    try:
        with slow.cursor() as cursor:  # it has the lower id, and is not committed yet
            cursor.execute("BEGIN")
            columns = "environment_id, received_at, events, size, lines, digests"
            send(here, event("slow", value=1))
            cursor.execute(
                f"INSERT INTO events_outboxbatch ({columns}) SELECT {columns} FROM events_outboxbatch RETURNING id"
            )
            OutboxBatch.objects.all().delete()
            send(here, event("quick"), event("slow", value=2))
            assert OutboxBatch.objects.get().pk > cursor.fetchone()[0]
            move_blocks(warehouse, clock=stopped_at(NOW))
            cursor.execute("COMMIT")
    finally:
        slow.close()
    assert backlog().batches == 1

    move_blocks(warehouse, clock=stopped_at(NOW))

    assert [(row["event_id"], row["value"]) for row in rows_in(warehouse, here)] == [("quick", None), ("slow", 2.0)]
    assert intake_of(here) == (2, 1)


def test_what_is_counted_is_counted_by_environment_and_day(world: World, warehouse: Watched) -> None:
    here, other = world.environment.pk, new_world().environment.pk
    later, tomorrow = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    send(here, event("a"), event("a"), event("b"))
    send(here, event("c"), now=later)
    send(here, event("d"), now=tomorrow)
    send(other, event("a"))
    move_blocks(warehouse, clock=stopped_at(tomorrow))
    send(here, event("d"), event("e"), now=NOW)
    move_blocks(warehouse, clock=stopped_at(tomorrow))

    counted = Intake.objects.order_by("environment_id", "day").values_list(
        "environment_id", "day", "stored", "duplicates", "last_received_at"
    )
    assert list(counted) == [
        (here, NOW.date(), 4, 2, later),
        (here, tomorrow.date(), 1, 0, tomorrow),
        (other, NOW.date(), 1, 0, NOW),
    ]


def test_each_block_is_prepared_and_finished_when_it_is_and_not_when_the_first_one_was(
    world: World, warehouse: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = timedelta(minutes=1)
    minutes = count()
    since = []
    warehouse.before_append = lambda: since.append(backlog().moving_since)
    monkeypatch.setattr(blocks, "_CHOOSE", blocks.Repeated(blocks._CHOOSE.replace(str(blocks.MOST_EVENTS), "1")))
    send(world.environment.pk, event("a"))
    send(world.environment.pk, event("b"))

    assert move_blocks(warehouse, clock=lambda: NOW + next(minutes) * minute) == 2

    times = Block.objects.order_by("pk").values_list("prepared_at", "done_at")
    assert list(times) == [(NOW, NOW + minute), (NOW + 2 * minute, NOW + 3 * minute)]
    assert since == [NOW, NOW + 2 * minute]
    assert sorted(SeenEvent.objects.values_list("seen_at", flat=True)) == [NOW, NOW + 2 * minute]
    listed = WarehouseFile.objects.order_by("pk").values_list("listed_at", flat=True)
    assert list(listed) == [NOW + minute, NOW + 3 * minute]


def test_the_number_of_statements_does_not_grow_with_the_events(world: World, warehouse: Watched) -> None:
    here = world.environment.pk
    silent = Watched(NoWarehouse())

    def statements(batches: int, events: int, prefix: str) -> int:
        for number in range(batches):
            send(here, *many(events, f"{prefix}{number}-"), event("again"))
        with CaptureQueriesContext(connection) as captured:
            assert move_blocks(silent, clock=stopped_at(NOW), most_blocks=1) == 1
        return len(captured)

    statements(1, 1, "first")
    assert statements(1, 1, "a") == statements(60, 30, "b") == 19


class NoWarehouse:
    """Takes everything, and keeps nothing."""

    def append(self, block: Any) -> tuple[()]:
        return ()

    def publish(self, appended: Any, *, now: Any) -> None:
        assert connection.in_atomic_block


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("before_append", WarehouseUnavailable("away")),
        ("before_append", ReadOnlyWarehouse("not ours")),
        ("before_append", ValueError("poison")),
        ("after_append", OSError(28, "full")),
        ("before_publish", WarehouseUnavailable("gone before it was listed")),
        ("after_publish", ValueError("poison")),
    ],
)
def test_whatever_the_warehouse_raises_the_block_waits_and_is_moved_the_same_again(
    world: World, warehouse: Watched, when: str, problem: Exception
) -> None:
    here = world.environment.pk
    send(here, *many(10), event("m1"))
    setattr(warehouse, when, raises(problem))

    for _ in range(2):
        with pytest.raises(type(problem)):
            move_blocks(warehouse, clock=stopped_at(NOW))
    send(here, event("later"))

    waiting = backlog(here)
    assert (waiting.batches, waiting.events, waiting.moving_since) == (2, 12, NOW)
    assert Block.objects.count() == 1
    assert SeenEvent.objects.count() == 10
    assert ids_in(warehouse, here) == Counter()

    setattr(warehouse, when, lambda: None)
    assert move_blocks(warehouse, clock=stopped_at(NOW + timedelta(minutes=1))) == 2

    assert warehouse.given[0] == warehouse.given[1] == warehouse.given[2]
    assert ids_in(warehouse, here) == Counter([f"m{n}" for n in range(10)] + ["later"])
    assert intake_of(here) == (11, 1)
    assert nothing_waits()


def test_the_files_of_a_block_have_the_columns_of_their_tables_and_only_kinds_that_there_are(
    world: World, warehouse: Watched
) -> None:
    send(world.environment.pk, exposure("a"))
    move_blocks(warehouse, clock=stopped_at(NOW))

    [(_, files)] = warehouse.given
    assert list(files) == [FileKind.EXPOSURE]
    row = orjson.loads(files[FileKind.EXPOSURE])
    assert row.items() >= {"environment_id": world.environment.pk, "received_at": NOW_US, "event_id": "a"}.items()
