"""What workers do for events, and when: enough or old enough, one job at a time, and calmly after a failure."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from server.events import jobs
from server.events.jobs import forget_what_is_old, keep_the_outbox_moving, move_outbox
from server.events.models import Block, OutboxBatch, SeenEvent
from server.warehouse.engine import WarehouseUnavailable
from server.work.passes import all_passes
from tests.events.sending import NOW, event, send
from tests.events.test_forgetting import in_portions_of
from tests.events.warehouses import Watched, files_in, ids_in, nothing_waits
from tests.factories import new_world
from tests.work.working import eventually, working

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def waiting_jobs() -> int:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=move_outbox.module_path).count()


def test_nothing_is_enqueued_while_nothing_or_little_waits_for_a_short_time() -> None:
    keep_the_outbox_moving(now=NOW)
    send(new_world().environment.pk, event())
    keep_the_outbox_moving(now=NOW + 4.9 * SECOND)

    assert waiting_jobs() == 0


def test_the_outbox_is_moved_once_something_waits_for_five_seconds() -> None:
    send(new_world().environment.pk, event())
    keep_the_outbox_moving(now=NOW + 5 * SECOND)

    assert waiting_jobs() == 1


def test_the_outbox_is_moved_once_there_is_enough() -> None:
    send(new_world().environment.pk, event())
    OutboxBatch.objects.update(events=jobs.ENOUGH_EVENTS - 1)
    keep_the_outbox_moving(now=NOW)
    assert waiting_jobs() == 0

    send(new_world().environment.pk, event())
    keep_the_outbox_moving(now=NOW)
    assert waiting_jobs() == 1


@pytest.mark.parametrize(
    ("status", "ended", "more"),
    [
        (TaskResultStatus.READY, None, 0),
        (TaskResultStatus.RUNNING, None, 0),
        (TaskResultStatus.FAILED, NOW - 29 * SECOND, 0),
        (TaskResultStatus.FAILED, NOW - 31 * SECOND, 1),
        (TaskResultStatus.SUCCESSFUL, NOW, 1),
    ],
)
def test_one_job_at_a_time_and_none_right_after_a_failure(status: str, ended: datetime | None, more: int) -> None:
    send(new_world().environment.pk, event(), now=NOW - timedelta(minutes=5))
    move_outbox.enqueue()
    DBTaskResult.objects.update(status=status, finished_at=ended)

    keep_the_outbox_moving(now=NOW)

    assert DBTaskResult.objects.count() == 1 + more


def test_what_is_old_is_forgotten_and_jobs_that_went_well_with_it() -> None:
    environment = new_world().environment
    SeenEvent.objects.create(environment=environment, digest="0" * 32, seen_at=NOW - timedelta(hours=73))
    Block.objects.create(prepared_at=NOW, done_at=NOW - timedelta(days=8), events=1)
    for status, minutes in [("SUCCESSFUL", 61), ("SUCCESSFUL", 59), ("FAILED", 61)]:
        job = move_outbox.enqueue()
        ended = NOW - timedelta(minutes=minutes)
        DBTaskResult.objects.filter(id=job.id).update(status=status, finished_at=ended)

    forget_what_is_old(now=NOW)

    assert not SeenEvent.objects.exists()
    assert not Block.objects.exists()
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "SUCCESSFUL"]


def test_in_one_turn_portion_after_portion_is_forgotten_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    here = new_world().environment.pk
    long_ago = NOW - timedelta(hours=73)
    SeenEvent.objects.bulk_create(
        SeenEvent(environment_id=here, digest=f"{n:032x}", seen_at=long_ago) for n in range(500)
    )
    in_portions_of(1, monkeypatch)

    forget_what_is_old(now=NOW)

    assert not SeenEvent.objects.exists()


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    made = Watched(files_in(tmp_path))
    monkeypatch.setattr(jobs, "warehouse", lambda: made)
    return made


def raises(problem: Exception) -> Callable[[], None]:
    def failing() -> None:
        raise problem

    return failing


def test_that_the_warehouse_is_away_is_said_once_and_also_that_it_is_back(
    warehouse: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "fairsplit.events")
    send(new_world().environment.pk, event())
    warehouse.before_append = raises(WarehouseUnavailable("no route"))
    for _ in range(3):
        move_outbox.func()
    warehouse.before_append = lambda: None
    for _ in range(2):
        move_outbox.func()

    assert [record.getMessage() for record in caplog.records if record.name == "fairsplit.events"] == [
        "the warehouse takes no events; they wait in the outbox: no route",
        "the warehouse takes events again",
    ]
    assert nothing_waits()


def test_what_nobody_expected_is_said_each_time_and_fails_the_job(
    warehouse: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    send(new_world().environment.pk, event())
    warehouse.before_append = raises(ValueError("poison"))
    for _ in range(2):
        with pytest.raises(ValueError, match="poison"):
            move_outbox.func()

    said: list[Any] = [record.levelname for record in caplog.records if record.name == "fairsplit.events"]
    assert said == ["ERROR", "ERROR"]


def test_workers_know_the_passes() -> None:
    names = [each.name for each in all_passes()]

    assert "server.events.jobs.keep_the_outbox_moving" in names
    assert "server.events.jobs.forget_what_is_old" in names


@pytest.mark.django_db(transaction=True)
def test_a_worker_moves_what_is_sent(tmp_path: Path, settings: Settings) -> None:
    here = new_world().environment.pk
    send(here, event("a", time=...), now=timezone.now() - 10 * SECOND)

    with working(WAREHOUSE_FOLDER=str(tmp_path)):
        assert eventually(nothing_waits)

    assert ids_in(files_in(tmp_path), here) == {"a": 1}
