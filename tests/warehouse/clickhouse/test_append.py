"""Blocks go into ClickHouse once, however often and however far they were sent before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from server.warehouse.clickhouse import inserts
from server.warehouse.clickhouse.client import Connect
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from server.warehouse.engine import StagedBlock, WarehouseUnavailable
from server.warehouse.tables import FileKind
from tests.warehouse.clickhouse.in_process import asked, event, exposure, staged, that_breaks, warehouse_of

EXPOSURES = "SELECT count() FROM exposures"
EVENTS = "SELECT count() FROM events"
FINAL = " FINAL"


def block(folder: Path, *, block_id: int = 1, events: int = 50) -> StagedBlock:
    return staged(
        folder,
        block_id,
        {
            FileKind.EXPOSURE: [exposure(f"x{n}", targeting_key=f"u{n}") for n in range(20)],
            FileKind.EVENT: [event(f"e{n}", targeting_key=f"u{n % 20}", value=n / 7) for n in range(events)],
        },
    )


def test_a_block_that_is_appended_three_times_is_there_once(
    warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path
) -> None:
    for _ in range(3):
        warehouse.append(block(tmp_path))

    assert (asked(connect, EXPOSURES), asked(connect, EVENTS)) == (20, 50)


def test_a_block_that_broke_off_between_the_tables_is_whole_after_the_next_try(
    connect: Connect, tmp_path: Path
) -> None:
    broken = warehouse_of(that_breaks(connect, lambda table: table == "events"))

    with pytest.raises(WarehouseUnavailable):
        broken.append(block(tmp_path))
    before = (asked(connect, EXPOSURES), asked(connect, EVENTS))
    warehouse_of(connect).append(block(tmp_path))

    assert before == (20, 0)
    assert (asked(connect, EXPOSURES), asked(connect, EVENTS)) == (20, 50)


def test_a_block_that_broke_off_within_a_file_is_whole_after_the_next_try(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inserts, "MOST_LINES", 15)
    inserted: list[str] = []
    broken = warehouse_of(that_breaks(connect, lambda table: inserted.append(table) or len(inserted) > 4))

    with pytest.raises(WarehouseUnavailable):
        broken.append(block(tmp_path))
    before = (asked(connect, EXPOSURES), asked(connect, EVENTS))
    warehouse_of(connect).append(block(tmp_path))

    assert before == (20, 30)
    assert (asked(connect, EXPOSURES), asked(connect, EVENTS)) == (20, 50)


def test_a_block_that_the_tables_no_longer_recognise_still_counts_once(
    warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path
) -> None:
    warehouse.append(block(tmp_path))
    client = connect({})
    for name in ("exposures", "events"):
        client.command(f"ALTER TABLE {name} MODIFY SETTING non_replicated_deduplication_window = 0")
    client.close()

    warehouse.append(block(tmp_path))

    assert (asked(connect, EXPOSURES), asked(connect, EVENTS)) == (40, 100)
    assert (asked(connect, EXPOSURES + FINAL), asked(connect, EVENTS + FINAL)) == (20, 50)
    with warehouse.session(1) as session:
        counted = [session.rows(session.table(kind).aggregate(n=session.table(kind).count())) for kind in FileKind]
    assert counted == [[{"n": 20}], [{"n": 50}]]


def test_a_number_that_an_earlier_database_gave_to_another_block_loses_nothing(
    warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path
) -> None:
    warehouse.append(staged(tmp_path, 1, {FileKind.EVENT: [event("old")]}))

    warehouse.append(staged(tmp_path, 1, {FileKind.EVENT: [event("new")]}))

    assert asked(connect, EVENTS) == 2


def test_an_insert_has_a_token_that_is_always_the_same_and_its_own(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inserts, "MOST_LINES", 25)
    tokens: list[str] = []

    def noted(settings: Mapping[str, Any]) -> Any:
        client = connect(settings)
        insert = client.raw_insert

        def raw_insert(table: str, **options: Any) -> Any:
            tokens.append(options["settings"]["insert_deduplication_token"])
            return insert(table, **options)

        client.raw_insert = raw_insert
        return client

    for block_id in (1, 1, 2):
        warehouse_of(noted).append(block(tmp_path, block_id=block_id))

    first, second, other = tokens[:3], tokens[3:6], tokens[6:]
    assert first == second
    assert len({*first, *other}) == 6
    assert [token.rpartition("-")[0] for token in first] == ["fairsplit-1-EXPOSURE", *["fairsplit-1-EVENT"] * 2]


def test_events_of_several_months_are_each_there_once(
    warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path
) -> None:
    month = 31 * 86_400 * 1_000_000
    rows = [event(f"e{n}", time=1_790_000_000_000_000 + n * month) for n in range(12)]

    for _ in range(2):
        warehouse.append(staged(tmp_path, 1, {FileKind.EVENT: rows}))

    assert asked(connect, EVENTS) == 12
    assert (
        asked(
            connect,
            "SELECT uniqExact(partition) FROM system.parts WHERE table = 'events' AND active "
            "AND database = currentDatabase()",
        )
        == 12
    )


def test_numbers_arrive_to_the_last_digit(warehouse: ClickHouseWarehouse, connect: Connect, tmp_path: Path) -> None:
    values = [0.1, 1 / 3, 1234567.8912345678, 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308]

    warehouse.append(staged(tmp_path, 1, {FileKind.EVENT: [event(f"e{n}", value=v) for n, v in enumerate(values)]}))

    assert asked(connect, "SELECT groupArray(value) FROM (SELECT value FROM events ORDER BY event_id)") == values


def test_a_line_with_a_column_that_no_table_has_is_refused(warehouse: ClickHouseWarehouse, tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailable, match="surprise"):
        warehouse.append(staged(tmp_path, 1, {FileKind.EVENT: [event("e1", surprise=1)]}))


def test_an_error_says_nothing_of_the_password(connect: Connect, tmp_path: Path) -> None:
    broken = warehouse_of(that_breaks(connect, lambda table: True))

    with pytest.raises(WarehouseUnavailable) as raised:
        broken.append(block(tmp_path))

    assert str(raised.value) == "ClickHouse: clickhouse://default:***@127.0.0.1:8123 went away"
    assert raised.value.__cause__ is None
