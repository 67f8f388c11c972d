"""When the warehouse is tidied and forgets: a job at a time, in time."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from server.warehouse import jobs
from server.warehouse.models import WarehouseFile
from server.warehouse.open import warehouse
from server.work.passes import all_passes
from tests.factories import NOW, new_world
from tests.warehouse.parquet.blocks import event, staged

pytestmark = pytest.mark.django_db


def enqueued() -> list[str]:
    return [job.task_path.rpartition(".")[2] for job in DBTaskResult.objects.order_by("enqueued_at")]


def store(folder: Path, environment: int, days_ago: int) -> None:
    row = event(environment, time=timezone.now() - timedelta(days=days_ago))
    opened = warehouse()
    opened.publish(opened.append(staged(folder, [row])), now=timezone.now())


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.WAREHOUSE_FOLDER = tmp_path / "warehouse"
    return tmp_path


def test_the_warehouse_is_tidied_every_ten_minutes_and_forgets_every_day() -> None:
    intervals = {each.name: each.every for each in all_passes()}

    assert intervals["server.warehouse.jobs.have_warehouse_tidied"] == timedelta(minutes=10)
    assert intervals["server.warehouse.jobs.have_old_events_forgotten"] == timedelta(days=1)


@pytest.mark.parametrize("status", [TaskResultStatus.READY, TaskResultStatus.RUNNING])
def test_no_second_job_waits_beside_one_that_is_not_done(status: TaskResultStatus) -> None:
    jobs.have_warehouse_tidied(now=NOW)
    DBTaskResult.objects.update(status=status)

    jobs.have_warehouse_tidied(now=NOW)

    assert enqueued() == ["tidy_warehouse"]


@pytest.mark.parametrize("status", [TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED])
def test_the_next_job_follows_one_that_is_done(status: TaskResultStatus) -> None:
    jobs.have_warehouse_tidied(now=NOW)
    DBTaskResult.objects.update(status=status)

    jobs.have_warehouse_tidied(now=NOW)

    assert enqueued() == ["tidy_warehouse", "tidy_warehouse"]


def test_events_that_are_kept_for_ever_are_not_forgotten(settings: Settings) -> None:
    settings.WAREHOUSE_KEEP_DAYS = 0

    jobs.have_old_events_forgotten(now=NOW)

    assert enqueued() == []


def test_a_job_that_tidies_is_not_in_the_way_of_one_that_forgets(settings: Settings) -> None:
    settings.WAREHOUSE_KEEP_DAYS = 30
    jobs.have_warehouse_tidied(now=NOW)

    jobs.have_old_events_forgotten(now=NOW)
    jobs.have_old_events_forgotten(now=NOW)

    assert enqueued() == ["tidy_warehouse", "forget_old_events"]


def test_events_are_kept_for_as_long_as_the_setting_says(settings: Settings, folder: Path) -> None:
    environment = new_world().environment.pk
    for days_ago in (1, 29, 31):
        store(folder, environment, days_ago)
    settings.WAREHOUSE_KEEP_DAYS = 30

    jobs.forget_old_events.call()

    assert WarehouseFile.objects.filter(replaced_at__isnull=True).count() == 2


def test_the_job_merges_small_files(folder: Path) -> None:
    environment = new_world().environment.pk
    for _ in range(8):
        store(folder, environment, 1)

    jobs.tidy_warehouse.call()

    assert [file.rows for file in WarehouseFile.objects.filter(replaced_at__isnull=True)] == [8]
