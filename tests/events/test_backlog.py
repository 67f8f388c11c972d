"""What waits in the outbox, and when it is full."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from server.database.repeated import Repeated
from server.events import backlog as module
from server.events.backlog import BYTES_OF_A_BATCH, BYTES_OF_AN_EVENT, Backlog, accepts_events, backlog, is_full
from server.events.models import Block, OutboxBatch
from server.events.move import move_blocks
from tests.events.sending import NOW, event, many, send, stopped_at
from tests.events.warehouses import files_in
from tests.factories import new_world

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_the_backlog_is_counted_for_one_environment_and_for_all() -> None:
    here, there, nowhere = (new_world().environment.pk for _ in range(3))
    send(here, *many(3), now=NOW + MINUTE)
    send(here, *many(2), now=NOW)
    send(there, event(), now=NOW - MINUTE)
    sizes = list(OutboxBatch.objects.order_by("pk").values_list("size", flat=True))

    with CaptureQueriesContext(connection) as captured:
        assert backlog(here) == Backlog(2, 5, sum(sizes[:2]), NOW, None)
    assert len(captured) == 2
    assert backlog(there) == Backlog(1, 1, sizes[2], NOW - MINUTE, None)
    assert backlog() == Backlog(3, 6, sum(sizes), NOW - MINUTE, None)
    assert backlog(nowhere) == Backlog(0, 0, 0, None, None)
    assert backlog().lag(now=NOW) == MINUTE
    assert backlog(nowhere).lag(now=NOW) == timedelta(0)


@pytest.mark.django_db
def test_the_backlog_says_since_when_a_block_is_on_its_way(tmp_path: Path) -> None:
    here = new_world().environment.pk
    Block.objects.create(prepared_at=NOW - MINUTE, done_at=NOW, events=0)
    Block.objects.create(prepared_at=NOW, done_at=None, events=0)

    assert backlog().moving_since == backlog(here).moving_since == NOW
    move_blocks(files_in(tmp_path), clock=stopped_at(NOW))
    assert backlog().moving_since is None


@pytest.mark.django_db(transaction=True)
def test_the_outbox_is_full_when_so_much_waits_and_not_because_it_once_did(settings: Settings, tmp_path: Path) -> None:
    here = new_world().environment.pk
    send(here, *many(500))
    batch = OutboxBatch.objects.get()
    weight = batch.size + 500 * BYTES_OF_AN_EVENT + BYTES_OF_A_BATCH

    settings.OUTBOX_MAX_BYTES = weight
    assert is_full()
    settings.OUTBOX_MAX_BYTES = weight + 1
    assert not is_full()
    settings.OUTBOX_MAX_BYTES = 1
    assert is_full()
    move_blocks(files_in(tmp_path), clock=stopped_at(NOW))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('events_outboxbatch')")
        assert cursor.fetchone()[0] > 1, "what has gone has left its room"
    assert not is_full()


@pytest.mark.django_db
def test_what_takes_little_room_on_the_disk_is_not_counted(settings: Settings) -> None:
    send(new_world().environment.pk, event())
    OutboxBatch.objects.update(size=2**31 - 1)  # as if it were compressed to nothing

    settings.OUTBOX_MAX_BYTES = 2**30
    assert not is_full()


def looking_at(monkeypatch: pytest.MonkeyPatch, *, batches: int, pages: int) -> str:
    """The statement, with other numbers of how much it looks at."""
    sql = str(module._IS_FULL).replace(str(module.BYTES_LOOKED_AT), str(8192 * pages))
    found = Repeated(sql.replace(str(module.BATCHES_COUNTED), str(batches)))
    monkeypatch.setattr(module, "_IS_FULL", found)
    return found


def test_a_few_large_batches_in_the_room_of_many_that_have_gone_are_all_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    send(new_world().environment.pk, event(properties={"a": "x" * 1000}))
    copy = """
        INSERT INTO events_outboxbatch (environment_id, received_at, events, size, lines, digests)
        SELECT environment_id, received_at, events, %s, lines, digests
        FROM (SELECT * FROM events_outboxbatch LIMIT 1) AS one, generate_series(1, %s)
    """
    with connection.cursor() as cursor:
        cursor.execute(copy, [0, 5_000])
        cursor.execute("DELETE FROM events_outboxbatch WHERE id > (SELECT min(id) FROM events_outboxbatch)")
        cursor.execute(copy, [10_000, 50])
    looking_at(monkeypatch, batches=1_000, pages=10)

    found = []
    for most in (400_000, 600_000):
        settings.OUTBOX_MAX_BYTES = most
        found.append({is_full() for _ in range(20)})

    assert found == [{True}, {False}]


def test_in_a_large_outbox_few_pages_tell_about_how_much_waits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    send(new_world().environment.pk, event(properties={"a": "x" * 1000}))
    with connection.cursor() as cursor:  # a size of 0, for the weight to be far below what they take on the disk
        cursor.execute("""
            INSERT INTO events_outboxbatch (environment_id, received_at, events, size, lines, digests)
            SELECT environment_id, received_at, events, 0, lines, digests
            FROM events_outboxbatch, generate_series(1, 5000)
        """)
        cursor.execute("SELECT pg_relation_size('events_outboxbatch') / 8192")
        pages = cursor.fetchone()[0]
    weight = 5_000 * (BYTES_OF_AN_EVENT + BYTES_OF_A_BATCH)
    few = looking_at(monkeypatch, batches=100, pages=100)

    settings.OUTBOX_MAX_BYTES = weight // 2  # five deviations of the sample away
    assert is_full()
    settings.OUTBOX_MAX_BYTES = weight * 2
    with CaptureQueriesContext(connection) as captured:
        assert not is_full()

    with connection.cursor() as cursor:
        cursor.execute(
            few.replace("SELECT CASE", "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT CASE", 1), [1, weight]
        )
        [found] = cursor.fetchone()[0]
    assert pages * 8192 > weight * 2
    assert pages > 500
    assert 50 < found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < 200
    assert len(captured) == 1


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("", True),
        ("clickhouse://localhost/events", True),
        ("bigquery://project/dataset", False),
        ("snowflake://account/database", False),
        ("databricks://host/path", False),
    ],
)
def test_events_are_accepted_where_the_warehouse_takes_them(settings: Settings, url: str, accepted: bool) -> None:
    settings.WAREHOUSE_URL = url

    assert accepts_events() is accepted
