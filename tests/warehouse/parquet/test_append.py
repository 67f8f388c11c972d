"""How a block becomes files, and how they come to count."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from server.projects.models import Versioning
from server.warehouse.engine import StagedBlock, WarehouseUnavailable
from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.tables import COLUMNS, FileKind
from tests.factories import World
from tests.versioning.statements import statements
from tests.warehouse.parquet.blocks import NOW, event, exposure, files, staged, store, stored, us


def test_every_column_comes_back_as_it_went_in(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    happened = event(environment, properties={"plan": "pro"}, value=None)
    met = exposure(environment, properties={"country": "CH"}, phase=3)

    store(warehouse, tmp_path, happened, exposures=[met])

    assert stored(warehouse, environment) == [happened]
    assert stored(warehouse, environment, FileKind.EXPOSURE) == [met]
    assert list(happened) == list(COLUMNS[FileKind.EVENT])
    assert list(met) == list(COLUMNS[FileKind.EXPOSURE])


def test_a_block_is_one_file_of_each_environment_and_table(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, world: World
) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    earlier = NOW - timedelta(days=10)
    block = staged(tmp_path, [event(here), event(there), event(here, time=earlier)], [exposure(there)], block=41)

    written = warehouse.append(block)

    assert [(file.environment_id, file.kind, file.path, file.rows, file.block) for file in written] == [
        (here, FileKind.EVENT, f"{here}/events/2026-03/block-41.parquet", 2, 41),
        (there, FileKind.EVENT, f"{there}/events/2026-03/block-41.parquet", 1, 41),
        (there, FileKind.EXPOSURE, f"{there}/exposures/2026-03/block-41.parquet", 1, 41),
    ]
    assert (written[0].first_time, written[0].last_time) == (us(earlier), us(NOW))
    assert files(folder) == sorted(file.path for file in written)
    assert [file.size for file in written] == [folder.full(file.path).stat().st_size for file in written]


def test_what_is_appended_counts_once_it_is_published(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int
) -> None:
    row = event(environment)

    appended = warehouse.append(staged(tmp_path, [row]))
    before = stored(warehouse, environment)
    warehouse.publish(appended, now=NOW)

    assert (before, stored(warehouse, environment)) == ([], [row])


def test_a_block_that_is_appended_again_is_the_same_and_counts_once(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    rows = [event(environment, key=f"user-{n % 97}") for n in range(5_000)]
    block = staged(tmp_path, rows, [exposure(environment)])

    first = warehouse.append(block)
    content = [folder.full(path).read_bytes() for path in files(folder)]
    second = warehouse.append(block)
    warehouse.publish(second, now=NOW)

    assert first == second
    assert [folder.full(path).read_bytes() for path in files(folder)] == content
    assert stored(warehouse, environment) == rows


def test_a_block_that_counts_already_is_left_alone(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    block = staged(tmp_path, [event(environment)])
    appended = warehouse.append(block)
    warehouse.publish(appended, now=NOW)
    [path] = files(folder)
    inode = folder.full(path).stat().st_ino

    again = warehouse.append(block)

    assert again == appended
    assert folder.full(path).stat().st_ino == inode
    with pytest.raises(IntegrityError), transaction.atomic():
        warehouse.publish(again, now=NOW)
    assert len(stored(warehouse, environment)) == 1


def test_a_file_of_another_past_is_written_over(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    warehouse.append(staged(tmp_path, [event(environment)], block=7))  # and then the database is restored
    row = event(environment)

    warehouse.publish(warehouse.append(staged(tmp_path, [row], block=7)), now=NOW)

    assert stored(warehouse, environment) == [row]


def test_publishing_belongs_to_the_transaction_of_the_caller(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int
) -> None:
    appended = warehouse.append(staged(tmp_path, [event(environment)]))

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        warehouse.publish(appended, now=NOW)
        1 / 0  # noqa: B018

    assert stored(warehouse, environment) == []


def test_a_file_that_is_gone_is_not_published(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    block = staged(tmp_path, [event(environment)], [exposure(environment)])
    appended = warehouse.append(block)
    folder.remove(appended[0].path)

    with (
        pytest.raises(WarehouseUnavailable, match=f"{appended[0].path} of the warehouse is gone"),
        transaction.atomic(),
    ):
        warehouse.publish(appended, now=NOW)

    assert not WarehouseFile.objects.exists()
    warehouse.publish(warehouse.append(block), now=NOW)
    assert len(stored(warehouse, environment)) == 1


def test_a_block_without_events_is_nothing(warehouse: ParquetWarehouse, folder: Folder, db: None) -> None:
    warehouse.publish(warehouse.append(StagedBlock(3, {})), now=NOW)

    assert not WarehouseFile.objects.exists()


def test_hostile_names_and_values_come_back_as_they_are(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int
) -> None:
    nasty = ["'", '"', "\\", "\n\r\t", "'; DROP VIEW events; --", "%s{}$1", "\0", "é\u2028😀", "", "NULL", "x" * 10_000]
    rows = [event(environment, key=text, name=text, properties=dict.fromkeys(nasty, text)) for text in nasty]

    store(warehouse, tmp_path, *rows)

    assert stored(warehouse, environment) == rows
    with warehouse.session(environment) as session:
        events = session.table(FileKind.EVENT)
        for name in nasty:
            found = session.rows(events.select(value=session.property(events, name)))
            assert sorted(row["value"] for row in found) == sorted(nasty)


def test_rows_lie_in_the_order_in_which_they_are_asked_for(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int
) -> None:
    rows = [
        event(environment, "b", NOW, name="sold"),
        event(environment, "b", NOW, name="bought"),
        event(environment, "a", NOW, name="bought"),
        event(environment, "a", NOW - timedelta(1), name="bought"),
    ]

    store(warehouse, tmp_path, *rows)

    with warehouse.session(environment) as session:
        assert session.rows(session.table(FileKind.EVENT)) == [rows[3], rows[2], rows[1], rows[0]]


def test_the_number_of_statements_does_not_grow_with_the_block(
    warehouse: ParquetWarehouse, tmp_path: Path, world: World
) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    small = staged(tmp_path, [event(here)])
    large = staged(tmp_path, [event(n) for n in (here, there)] * 50, [exposure(n) for n in (here, there)] * 50)

    appending = [statements(lambda block=block: warehouse.append(block)) for block in (small, large)]  # type: ignore[misc]
    publishing = [
        statements(lambda some=some: warehouse.publish(some, now=NOW))  # type: ignore[misc]
        for some in (warehouse.append(small), warehouse.append(large))
    ]

    assert appending == [4, 4]  # the transaction, the lock, and which files are listed
    assert publishing == [2, 2]  # inside of the caller's transaction: the lock and the rows


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, environment: int) -> None:
    (tmp_path / "file").write_text("")
    warehouse = ParquetWarehouse(Folder(tmp_path / "file" / "warehouse"), Limits())

    with pytest.raises(WarehouseUnavailable, match=r"^WAREHOUSE_FOLDER cannot be used: (Not a directory|File exists)$"):
        warehouse.append(staged(tmp_path, [event(environment)]))


def test_nobody_else_on_the_machine_reads_the_folder(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))

    assert oct(folder.root.stat().st_mode & 0o777) == "0o700"
