"""What is removed from the folder, when, and what never is."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from django.db import transaction

from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import files_of
from server.warehouse.parquet.removal import remove_replaced, sweep
from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.factories import new_world
from tests.races import race
from tests.versioning.statements import statements
from tests.warehouse.parquet.blocks import DAY, NOW, event, files, staged, store, stored, us
from tests.warehouse.parquet.cuts import cut_everywhere

MOMENT = timedelta(seconds=1)


def written_at(folder: Folder, path: str, time: datetime) -> None:
    os.utime(folder.full(path), (time.timestamp(), time.timestamp()))


def test_what_was_replaced_goes_a_day_later(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(8):
        store(warehouse, tmp_path, event(environment))

    warehouse.tidy(now=NOW)
    warehouse.tidy(now=NOW + DAY)
    then = len(files(folder)), WarehouseFile.objects.count()
    warehouse.tidy(now=NOW + DAY + MOMENT)

    assert then == (9, 9)
    assert files(folder) == [file.path for file in files_of(environment, None, None)]
    assert WarehouseFile.objects.count() == 1
    assert len(stored(warehouse, environment)) == 8


def test_what_was_never_listed_goes_a_day_later(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    warehouse.append(staged(tmp_path, [event(environment)]))
    [path] = files(folder)
    written_at(folder, path, NOW)

    warehouse.tidy(now=NOW + DAY)
    then = files(folder)
    warehouse.tidy(now=NOW + DAY + MOMENT)

    assert (then, files(folder)) == ([path], [])


def test_what_counts_stays_for_ever(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))
    written_at(folder, files(folder)[0], NOW)

    warehouse.tidy(now=NOW + 3650 * DAY)

    assert len(stored(warehouse, environment)) == 1


def test_what_somebody_else_put_there_stays(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))
    others = [
        "notes.txt",
        f"{environment}/events/2026-03/copy of block-1.parquet",
        "1/2/3/theirs.parquet",
        "1/a.parquet",
    ]
    for path in others:
        folder.full(path).parent.mkdir(parents=True, exist_ok=True)
        folder.full(path).write_text("mine")
        written_at(folder, path, NOW)

    warehouse.tidy(now=NOW + 10 * DAY)

    assert set(others) < set(files(folder))


def test_what_killed_processes_left_in_scratch_goes_a_day_later(
    warehouse: ParquetWarehouse, folder: Folder, environment: int
) -> None:
    for name, time in (("old", NOW), ("young", NOW + DAY)):
        folder.full(f"scratch/{name}/spilled").mkdir(parents=True)
        folder.full(f"scratch/{name}/spilled/x.tmp").write_text("…")
        written_at(folder, f"scratch/{name}", time)

    warehouse.tidy(now=NOW + DAY + MOMENT)

    assert files(folder) == ["scratch/young/spilled/x.tmp"]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_being_listed_is_not_swept_away(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path
) -> None:
    environment = new_world().environment.pk
    appended = warehouse.append(staged(tmp_path, [event(environment)]))
    written_at(folder, appended[0].path, NOW - 9 * DAY)
    listed = Event()

    def publish_slowly() -> None:
        with transaction.atomic():
            warehouse.publish(appended, now=NOW)
            listed.set()
            Event().wait(0.3)

    def sweep_meanwhile() -> None:
        listed.wait(10)
        sweep(folder, now=NOW)

    assert race(publish_slowly, sweep_meanwhile) == [None, None]
    assert len(stored(warehouse, environment)) == 1


def test_a_file_that_is_written_again_is_young(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    block = staged(tmp_path, [event(environment)])
    [file] = warehouse.append(block)
    written_at(folder, file.path, NOW - 9 * DAY)

    assert folder.is_older(file.path, NOW - DAY)
    warehouse.append(block)

    assert not folder.is_older(file.path, NOW - DAY)


def test_wherever_removal_is_cut_short_the_next_one_ends_it(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for n in range(4):
        store(warehouse, tmp_path, event(environment, time=NOW + n * DAY))
    for path in files(folder):
        written_at(folder, path, NOW)
    warehouse.forget_before(us(NOW + 2 * DAY), now=NOW)

    def remove() -> None:
        remove_replaced(folder, now=NOW + 2 * DAY)
        sweep(folder, now=NOW + 2 * DAY)

    for _ in cut_everywhere(remove, "server/warehouse/parquet"):
        assert all(folder.has(file.path) for file in files_of(environment, None, None))

    assert len(stored(warehouse, environment)) == 2
    assert files(folder) == [file.path for file in files_of(environment, None, None)]
    assert len(files(folder)) == WarehouseFile.objects.count() == 2


def test_events_are_forgotten_by_whole_files(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    rows = [[event(environment, time=NOW + (n + m) * DAY) for m in (0, 1)] for n in range(3)]
    for pair in rows:
        store(warehouse, tmp_path, *pair)

    with warehouse.session(environment) as session:
        warehouse.forget_before(us(NOW + 2 * DAY), now=NOW + 9 * DAY)
        assert session.inputs["files"] == 3

    assert stored(warehouse, environment) == [*rows[1], *rows[2]]
    assert len(files(folder)) == 3
    warehouse.tidy(now=NOW + 10 * DAY + MOMENT)
    assert len(files(folder)) == 2
    assert stored(warehouse, environment) == [*rows[1], *rows[2]]


def test_forgetting_again_does_not_keep_files_longer(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))

    for hours in range(0, 24, 6):
        warehouse.forget_before(us(NOW + DAY), now=NOW + timedelta(hours=hours))
    warehouse.tidy(now=NOW + DAY + MOMENT)

    assert files(folder) == []


def test_the_files_of_an_environment_that_is_gone_go_too(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))
    written_at(folder, files(folder)[0], NOW)

    WarehouseFile.objects.all().delete()  # as the database does with the environment's rows
    warehouse.tidy(now=NOW + 2 * DAY)

    assert files(folder) == []


def test_the_number_of_statements_does_not_grow_with_what_is_removed(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    taken = []
    for count in (1, 6):
        for _ in range(count):
            store(warehouse, tmp_path, event(environment))
            warehouse.append(staged(tmp_path, [event(environment)]))
        for path in files(folder):
            written_at(folder, path, NOW - 9 * DAY)
        forgetting = statements(lambda: warehouse.forget_before(us(NOW + DAY), now=NOW - 8 * DAY))
        taken.append((forgetting, statements(lambda: warehouse.tidy(now=NOW))))

    assert taken[0] == taken[1]
    assert files(folder) == []
