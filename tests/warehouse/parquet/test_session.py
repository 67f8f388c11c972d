"""What a session sees, what it answers, and how it says that it cannot."""

import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pytest

from server.projects.models import Versioning
from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.duck import Limits, opened_duck
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.tables import NAMES, FileKind
from server.warehouse.unbound import unbound
from tests.factories import World
from tests.versioning.statements import statements
from tests.warehouse.parquet.blocks import DAY, NOW, event, exposure, files, store, stored, us

EVENT = FileKind.EVENT


def test_without_files_the_tables_are_there_and_empty(warehouse: ParquetWarehouse, environment: int) -> None:
    with warehouse.session(environment) as session:
        for kind in FileKind:
            table = session.table(kind)
            assert session.rows(table) == []
            assert list(session.columns(table.select("time", "environment_id"))) == ["time", "environment_id"]
        assert session.rows(session.table(EVENT).aggregate(n=ibis._.count())) == [{"n": 0}]
        assert session.inputs == {"files": 0, "rows": 0, "bytes": 0, "newest": None}


def test_an_environment_sees_its_own_events_alone(warehouse: ParquetWarehouse, tmp_path: Path, world: World) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    mine, theirs = event(here), event(there)

    store(warehouse, tmp_path, mine, theirs, exposures=[exposure(there)])

    assert (stored(warehouse, here), stored(warehouse, there)) == ([mine], [theirs])
    assert stored(warehouse, here, FileKind.EXPOSURE) == []


def test_also_when_the_manifest_is_wrong(warehouse: ParquetWarehouse, tmp_path: Path, world: World) -> None:
    here, there = world.environment.pk, world.with_environment(Versioning.V2).environment.pk
    store(warehouse, tmp_path, event(there))

    WarehouseFile.objects.update(environment=here)

    with warehouse.session(here) as session:
        assert session.inputs["rows"] == 1
    assert stored(warehouse, here) == []


def test_files_of_other_times_are_not_read(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    rows = [event(environment, time=NOW + n * DAY) for n in range(5)]
    for row in rows:
        store(warehouse, tmp_path, row)

    assert stored(warehouse, environment, since=us(NOW + 3 * DAY)) == rows[3:]
    assert stored(warehouse, environment, until=us(NOW + 3 * DAY)) == rows[:3]
    assert stored(warehouse, environment, since=us(NOW + DAY), until=us(NOW + 2 * DAY)) == [rows[1]]
    assert stored(warehouse, environment, since=us(NOW + 5 * DAY)) == []


def test_a_session_is_of_one_moment(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    store(warehouse, tmp_path, event(environment))

    with warehouse.session(environment) as session:
        before = len(session.rows(session.table(EVENT)))
        store(warehouse, tmp_path, event(environment), exposures=[exposure(environment)])
        after = len(session.rows(session.table(EVENT))), len(session.rows(session.table(FileKind.EXPOSURE)))

    assert (before, after) == (1, (1, 0))
    assert len(stored(warehouse, environment)) == 2


def test_a_session_says_what_it_reads(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment), event(environment), exposures=[exposure(environment)])
    store(warehouse, tmp_path, event(environment), now=NOW + DAY)
    sizes = [folder.full(path).stat().st_size for path in files(folder)]

    with warehouse.session(environment) as session:
        assert session.inputs == {"files": 3, "rows": 4, "bytes": sum(sizes), "newest": (NOW + DAY).isoformat()}
        assert session.engine == f"DuckDB {duckdb.__version__}"


@pytest.mark.parametrize("blocks", [1, 20])
def test_a_session_takes_one_statement(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int, blocks: int
) -> None:
    for _ in range(blocks):
        store(warehouse, tmp_path, event(environment), exposures=[exposure(environment)])

    def ask() -> None:
        with warehouse.session(environment, since=0, until=us(NOW + DAY)) as session:
            assert len(session.rows(session.table(EVENT))) == blocks

    assert statements(ask) == 1


def test_rows_are_of_pythons_own_types(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    store(warehouse, tmp_path, event(environment, value=0.5), event(environment, value=None))

    with warehouse.session(environment) as session:
        events = session.table(EVENT)
        [row] = session.rows(
            events.aggregate(
                n=events.count(),
                time=events.time.sum(),
                value=events.value.sum(),
                none=events.value.sum(where=events.value > 9),
                any=events.value.isnull().any(),
            )
        )

    assert row == {"n": 2, "time": 2 * us(NOW), "value": 0.5, "none": None, "any": True}
    assert [type(value) for value in row.values()] == [int, int, float, type(None), bool]


def test_columns_are_arrays_with_nan_for_null(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    store(warehouse, tmp_path, event(environment, "a", value=0.5), event(environment, "b", value=None))

    with warehouse.session(environment) as session:
        events = session.table(EVENT)
        wide = events.time.sum().over()
        columns = session.columns(
            events.order_by("targeting_key").select(
                "time", "value", wide=wide, some=events.time.nullif(us(NOW)), key=events.targeting_key.nullif("a")
            )
        )

    assert {name: str(array.dtype) for name, array in columns.items()} == {
        "time": "int64",
        "value": "float64",
        "wide": "int64",
        "some": "float64",
        "key": "object",
    }
    assert not any(isinstance(array, np.ma.MaskedArray) for array in columns.values())
    assert columns["value"][0] == 0.5
    assert np.isnan([columns["value"][1], *columns["some"]]).all()
    assert columns["key"].tolist() == [None, "b"]
    assert columns["wide"].tolist() == [2 * us(NOW)] * 2


def test_a_table_that_is_kept_is_computed_once(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, *[event(environment, f"user-{n}") for n in range(10)])

    with warehouse.session(environment) as session:
        events = session.table(EVENT)
        kept = session.keep(
            events.group_by("name").agg(n=events.count(), times=events.time.sum()), 'hostile "name"; --'
        )
        for path in files(folder):
            if path.endswith(".parquet"):
                folder.remove(path)
        assert session.rows(kept) == [{"name": "bought", "n": 10, "times": 10 * us(NOW)}]
        again = session.keep(kept.mutate(n=kept.n + 1), 'hostile "name"; --')
        assert session.rows(again)[0]["n"] == 11


@pytest.mark.parametrize("name", NAMES.values())
def test_a_kept_table_does_not_stand_for_the_events(warehouse: ParquetWarehouse, environment: int, name: str) -> None:
    with warehouse.session(environment) as session, pytest.raises(ValueError, match=f"^{name} is a table"):
        session.keep(unbound(EVENT), name)


def test_a_property_that_a_row_lacks_is_null(warehouse: ParquetWarehouse, tmp_path: Path, environment: int) -> None:
    rows = [event(environment, "a", properties={"plan": "pro"}), event(environment, "b", properties={"country": "CH"})]
    store(warehouse, tmp_path, *rows, event(environment, "c", properties=None))

    with warehouse.session(environment) as session:
        events = session.table(EVENT)
        plans = session.rows(events.order_by("targeting_key").select(plan=session.property(events, "plan")))

    assert plans == [{"plan": "pro"}, {"plan": None}, {"plan": None}]


def test_a_missing_file_is_named_as_the_manifest_names_it(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    for _ in range(3):
        store(warehouse, tmp_path, event(environment))
    for path in files(folder):
        folder.remove(path)

        with pytest.raises(WarehouseUnavailable) as refused:
            stored(warehouse, environment)

        assert str(refused.value).startswith("the file ")
        assert f"{environment}/events/2026-03/block-" in str(refused.value)
        assert "all processes need the same WAREHOUSE_FOLDER" in str(refused.value)
        assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("damage", [b"", b"no Parquet", b"PAR1" + b"\xff" * 200 + b"PAR1"])
def test_a_damaged_file_is_named(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int, damage: bytes
) -> None:
    store(warehouse, tmp_path, event(environment))
    [path] = files(folder)
    folder.full(path).write_bytes(damage)

    with pytest.raises(WarehouseUnavailable, match="is missing or damaged") as refused:
        stored(warehouse, environment)

    assert str(tmp_path) not in str(refused.value)


def test_a_question_that_takes_too_long_is_ended(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, *[event(environment, time=NOW + n * DAY) for n in range(3_000)])
    hasty = ParquetWarehouse(folder, Limits(threads=1, seconds=0.5))

    with hasty.session(environment) as session:
        times = session.table(EVENT).select("time")
        slow = times.cross_join(times.view().rename(b="time")).cross_join(times.view().rename(c="time"))
        with pytest.raises(WarehouseUnavailable, match=r"no answer within 0\.5 seconds: .* WAREHOUSE_TIMEOUT$"):
            session.rows(slow.aggregate(x=(slow.time ^ slow.b ^ slow.c).max()))


def test_the_limit_is_on_all_questions_together(folder: Folder, db: None) -> None:
    with opened_duck(folder, Limits(seconds=0)) as (duck, _), pytest.raises(WarehouseUnavailable, match="within 0 sec"):
        duck.run("SELECT 1")


def test_a_question_that_takes_too_much_memory_says_which_setting(folder: Folder, db: None) -> None:
    with (
        opened_duck(folder, Limits(memory="20MB", threads=1)) as (duck, _),
        pytest.raises(WarehouseUnavailable, match=r"more memory than 20MB: raise WAREHOUSE_MEMORY"),
    ):
        duck.run("SELECT list(hash(range)::VARCHAR) FROM range(5000000)")


def test_what_does_not_fit_into_memory_goes_to_the_folder_and_is_gone_afterwards(folder: Folder, db: None) -> None:
    with opened_duck(folder, Limits(memory="50MB", threads=1)) as (duck, scratch):
        duck.run("CREATE TEMP TABLE large AS SELECT range, hash(range)::VARCHAR AS text FROM range(3000000)")
        spilled = sum(file.stat().st_size for file in scratch.rglob("*") if file.is_file())
        assert duck.run("SELECT count(*) FROM large") == [(3_000_000,)]

    assert spilled > 10_000_000
    assert list((folder.root / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/fairsplit-must-not-be.parquet'",
        "ATTACH '/tmp/fairsplit-must-not-be.db'",
        "SELECT * FROM read_parquet('https://127.0.0.1:9/a.parquet')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
    ],
)
def test_duckdb_touches_the_folder_and_nothing_else(folder: Folder, db: None, sql: str) -> None:
    with opened_duck(folder, Limits()) as (duck, _), pytest.raises(duckdb.Error) as refused:
        duck.run(sql)

    assert isinstance(refused.value, duckdb.PermissionException | duckdb.InvalidInputException)


def test_what_is_wrong_with_a_question_is_a_bug_and_no_trouble_of_the_warehouse(
    warehouse: ParquetWarehouse, environment: int
) -> None:
    with warehouse.session(environment) as session, pytest.raises(duckdb.CatalogException):
        session.rows(ibis.table({"a": "int64"}, name="nowhere"))


def test_an_error_of_who_asks_stays_what_it_is(warehouse: ParquetWarehouse, environment: int) -> None:
    with pytest.raises(BrokenPipeError), warehouse.session(environment):
        raise BrokenPipeError


def test_questions_take_no_pandas_and_no_pyarrow(
    warehouse: ParquetWarehouse, tmp_path: Path, environment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)
    store(warehouse, tmp_path, event(environment))

    with warehouse.session(environment) as session:
        assert session.columns(session.table(EVENT).select("value"))["value"].tolist() == [1.5]
        assert len(session.rows(session.table(EVENT))) == 1


def test_an_environment_without_rows_of_that_time_reads_nothing(
    warehouse: ParquetWarehouse, folder: Folder, tmp_path: Path, environment: int
) -> None:
    store(warehouse, tmp_path, event(environment))
    folder.remove(files(folder)[0])

    assert stored(warehouse, environment, until=us(NOW - timedelta(hours=1))) == []
