"""How many small files become few large ones, without a row more or less for anybody at any moment."""

import logging
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connections

from server.projects.models import Versioning
from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.compaction import Sizes, compact, merge, piles
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import TIDYING, Listed, files_of
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.tables import FileKind
from tests.factories import World, new_world
from tests.races import race
from tests.versioning.statements import statements
from tests.warehouse.parquet.blocks import DAY, NOW, event, exposure, files, numbers, store, stored, us
from tests.warehouse.parquet.cuts import cut_everywhere

EVENT = FileKind.EVENT


def listed(rows: int, size: int = 1, path: str = "1/events/2026-03") -> Listed:
    number = next(numbers)
    return Listed(number, 1, EVENT, f"{path}/block-{number}.parquet", rows, size, 0, 0, NOW)


def rows_of(files: list[Listed], sizes: Sizes) -> list[list[int]]:
    return [[file.rows for file in pile] for pile in piles(files, sizes)]


def test_eight_files_of_like_size_are_a_pile() -> None:
    sizes = Sizes(rows=1_000)

    assert rows_of([listed(1) for _ in range(7)], sizes) == []
    assert rows_of([listed(1) for _ in range(8)], sizes) == [[1] * 8]
    assert [len(pile) for pile in piles([listed(1, size=9) for _ in range(8)], Sizes(size=1_000))] == [8]


def test_a_pile_becomes_one_large_file_at_most_and_files_of_other_sizes_stay_out_of_it() -> None:
    files = [listed(rows) for rows in (1, 200, 20, 499) * 4]

    assert rows_of(files, Sizes(rows=1_000)) == [[200, 499, 200], [499, 200], [499, 200]]


def test_large_files_are_left_alone() -> None:
    assert rows_of([listed(500) for _ in range(20)], Sizes(rows=1_000)) == []


def test_a_pile_has_no_more_files_than_can_be_read_at_once() -> None:
    assert [len(pile) for pile in piles([listed(1) for _ in range(25)], Sizes(rows=1_000, most=10))] == [10, 10, 5]


def test_files_of_other_places_are_not_merged_with_one_another() -> None:
    places = ["1/events/2026-03", "1/exposures/2026-03", "1/events/2026-02", "2/events/2026-03"]

    found = list(piles([listed(1, path=place) for place in places * 8], Sizes(rows=1_000)))

    assert [{str(Path(file.path).parent) for file in pile} for pile in found] == [{place} for place in sorted(places)]


def test_all_rows_are_there_after_merging_as_before(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, world: World
) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    for n in range(8):
        mine = [event(here, key, NOW + n * DAY, properties={"a": "b"}) for key in ("b", "a")]
        store(warehouse, tmp_path, *mine, event(there), exposures=[exposure(here)])
    before = stored(warehouse, here), stored(warehouse, there), stored(warehouse, here, FileKind.EXPOSURE)

    warehouse.tidy(now=NOW + 9 * DAY)

    assert (stored(warehouse, here), stored(warehouse, there), stored(warehouse, here, FileKind.EXPOSURE)) == before
    assert [len(rows) for rows in before] == [16, 8, 8]
    [exposures, merged] = sorted(files_of(here, None, None), key=lambda file: file.kind, reverse=True)
    assert (merged.kind, merged.rows, merged.first_time, merged.last_time) == (EVENT, 16, us(NOW), us(NOW + 7 * DAY))
    assert (exposures.kind, exposures.rows, merged.listed_at) == (FileKind.EXPOSURE, 8, NOW + 9 * DAY)
    assert merged.path.startswith(f"{here}/events/2026-03/merged-")
    assert merged.size == folder.full(merged.path).stat().st_size
    with warehouse.session(here) as session:
        keys = [row["targeting_key"] for row in session.rows(session.table(EVENT))]
    assert keys == ["a"] * 8 + ["b"] * 8


def test_merging_ends(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    for _ in range(20):
        store(warehouse, tmp_path, event(environment))

    warehouse.tidy(now=NOW)
    [merged] = files_of(environment, None, None)
    warehouse.tidy(now=NOW)

    assert [file.path for file in files_of(environment, None, None)] == [merged.path]
    assert merged.rows == 20


def test_whoever_reads_goes_on_reading_what_was_replaced(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(8):
        store(warehouse, tmp_path, event(environment))
    before = files(folder)

    with warehouse.session(environment) as session:
        warehouse.tidy(now=NOW)
        warehouse.tidy(now=NOW + DAY)
        assert len(session.rows(session.table(EVENT))) == 8

    assert set(before) < set(files(folder))
    assert len(stored(warehouse, environment)) == 8


def test_wherever_merging_is_cut_short_nothing_is_lost_and_nothing_counts_twice(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(3):
        store(warehouse, tmp_path, event(environment))
    rows = stored(warehouse, environment)
    sizes = Sizes(fewest=2)
    files_then = set()

    for _ in cut_everywhere(
        lambda: compact(folder, warehouse.limits, now=NOW, sizes=sizes), "server/warehouse/parquet"
    ):
        found = WarehouseFile.objects.filter(replaced_at__isnull=True)
        files_then.add(len(found))
        assert sum(file.rows for file in found) == 3
        assert all(folder.has(file.path) for file in found)

    assert files_then == {3, 1}
    assert stored(warehouse, environment) == rows
    warehouse.tidy(now=NOW + 400 * DAY)  # long after what was cut short was written
    assert files(folder) == [file.path for file in files_of(environment, None, None)]
    assert stored(warehouse, environment) == rows


def test_who_is_late_throws_the_merged_file_away(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(3):
        store(warehouse, tmp_path, event(environment))
    pile = files_of(environment, None, None)
    merge(folder, warehouse.limits, pile[:2], now=NOW)
    before = files(folder)

    merge(folder, warehouse.limits, pile, now=NOW)

    assert files(folder) == before
    assert len(stored(warehouse, environment)) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_merge_the_same_files_once(warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path) -> None:
    environment = new_world().environment.pk
    for _ in range(8):
        store(warehouse, tmp_path, event(environment))
    pile = files_of(environment, None, None)

    merged = race(*[lambda: merge(folder, warehouse.limits, pile, now=NOW)] * 3)
    tidied = race(*[lambda: warehouse.tidy(now=NOW)] * 3)

    assert merged + tidied == [None] * 6
    assert [file.rows for file in files_of(environment, None, None)] == [8]
    assert len(stored(warehouse, environment)) == 8


@pytest.mark.django_db(transaction=True)
def test_who_tidies_does_so_alone_and_lets_others_in_afterwards(warehouse: ParquetWarehouse, tmp_path: Path) -> None:
    environment = new_world().environment.pk
    for _ in range(8):
        store(warehouse, tmp_path, event(environment))
    another = connections.create_connection("default")
    with closing(another), another.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [TIDYING])
        warehouse.tidy(now=NOW)
        meanwhile = len(files_of(environment, None, None))
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [TIDYING])

        warehouse.tidy(now=NOW)

        assert (meanwhile, len(files_of(environment, None, None))) == (8, 1)
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [TIDYING])
        assert cursor.fetchone() == (True,)


def test_a_file_that_cannot_be_read_holds_up_its_own_pile_alone(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    for _ in range(8):
        store(warehouse, tmp_path, event(here), event(there))
    damaged = files_of(here, None, None)[3]
    folder.full(damaged.path).write_bytes(b"no Parquet")

    with caplog.at_level(logging.ERROR, logger="fairsplit.warehouse"):
        warehouse.tidy(now=NOW)

    assert (len(files_of(here, None, None)), len(files_of(there, None, None))) == (8, 1)
    [record] = caplog.records
    assert record.getMessage().startswith(f"files of {here}/events/2026-03 are not merged: the file {damaged.path} of")


def test_files_with_other_rows_than_the_manifest_says_are_not_merged(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(2):
        store(warehouse, tmp_path, event(environment))
    WarehouseFile.objects.update(rows=2)
    before = files(folder)

    with pytest.raises(WarehouseUnavailable, match=r"^2 rows are read where the manifest has 4$"):
        merge(folder, warehouse.limits, files_of(environment, None, None), now=NOW)

    assert files(folder) == before
    assert len(files_of(environment, None, None)) == 2


def test_the_number_of_statements_does_not_grow_with_the_files(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    taken = []
    for count in (8, 40):
        for _ in range(count):
            store(warehouse, tmp_path, event(environment))
        taken.append(statements(lambda: compact(folder, warehouse.limits, now=NOW)))

    assert taken == [7, 7]  # what is small; the transaction, what is listed still, the lock, the new one, the old ones
