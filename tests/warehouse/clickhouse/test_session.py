"""A session reads one environment, answers as SQL's standard has it, and leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pytest

from server.warehouse.clickhouse.client import Connect, Limits
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.tables import FileKind
from tests.warehouse.clickhouse.in_process import asked, event, exposure, staged, warehouse_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
T = 1_790_000_000_000_000
SCRATCH = (
    "SELECT groupArray(name) FROM system.tables WHERE database = currentDatabase() AND name LIKE 'fairsplit_scratch_%'"
)


@pytest.fixture
def filled(warehouse: ClickHouseWarehouse, tmp_path: Path) -> ClickHouseWarehouse:
    warehouse.append(
        staged(
            tmp_path,
            1,
            {
                FileKind.EXPOSURE: [
                    exposure("x1", properties={"country": "FR"}),
                    exposure("x2", targeting_key="bob", variant="blue", received_at=T + 9),
                    exposure("x1", environment_id=2, targeting_key="eve"),
                ],
                FileKind.EVENT: [event(f"e{n}", time=T + n, value=float(n) if n % 2 else None) for n in range(4)],
            },
        )
    )
    return warehouse


def of_events(session: Any) -> list[str]:
    rows = session.rows(session.table(FileKind.EVENT).select("event_id"))
    return sorted(row["event_id"] for row in rows)


def test_a_session_sees_its_environment_and_no_other(filled: ClickHouseWarehouse) -> None:
    with filled.session(1) as one, filled.session(2) as two, filled.session(3) as three:
        seen = [
            sorted(row["targeting_key"] for row in session.rows(session.table(FileKind.EXPOSURE)))
            for session in (one, two, three)
        ]

    assert seen == [["ann", "bob"], ["eve"], []]


def test_a_session_between_times_has_their_events_and_every_exposure(filled: ClickHouseWarehouse) -> None:
    with filled.session(1, since=T + 1, until=T + 3) as session:
        assert of_events(session) == ["e1", "e2"]
        assert len(session.rows(session.table(FileKind.EXPOSURE))) == 2


def test_rows_are_of_pythons_own_types(filled: ClickHouseWarehouse) -> None:
    with filled.session(1) as session:
        events = session.table(FileKind.EVENT)
        [row] = session.rows(
            events.aggregate(
                n=events.count(),
                whole=events["time"].min(),
                number=events["value"].sum(),
                text=events["name"].max(),
                truth=events["value"].max() > 2,
                nothing=events["value"].max(where=events["name"] == "?"),
            )
        )

    assert row == {"n": 4, "whole": T, "number": 4.0, "text": "bought", "truth": True, "nothing": None}
    assert [type(value) for value in row.values()] == [int, int, float, str, bool, type(None)]


def test_columns_are_arrays_in_which_nulls_are_no_numbers(filled: ClickHouseWarehouse) -> None:
    with filled.session(1) as session:
        events = session.table(FileKind.EVENT).order_by("event_id")
        columns = session.columns(events.select("time", "value", half=events["value"].cast("int64")))
        empty = session.columns(events.filter(events["name"] == "?").select("time", "value"))

    assert columns["time"].tolist() == [T, T + 1, T + 2, T + 3]
    assert (columns["time"].dtype, columns["value"].dtype) == (np.int64, np.float64)
    np.testing.assert_array_equal(columns["value"], [np.nan, 1.0, np.nan, 3.0])
    np.testing.assert_array_equal(columns["half"], [np.nan, 1.0, np.nan, 3.0])
    assert {name: (len(array), array.dtype) for name, array in empty.items()} == {
        "time": (0, np.int64),
        "value": (0, np.float64),
    }


def test_what_nobody_summed_is_null_and_not_zero(filled: ClickHouseWarehouse) -> None:
    with filled.session(3) as session:
        events = session.table(FileKind.EVENT)
        [row] = session.rows(events.aggregate(n=events.count(), total=events["value"].sum(), last=events["time"].max()))

    assert row == {"n": 0, "total": None, "last": None}


def test_a_row_without_a_match_has_nulls_and_not_defaults(filled: ClickHouseWarehouse) -> None:
    with filled.session(1) as session:
        exposures, events = session.table(FileKind.EXPOSURE), session.table(FileKind.EVENT)
        joined = exposures.left_join(events, exposures["targeting_key"] == events["targeting_key"])
        rows = session.rows(
            joined.select(exposures["targeting_key"], name=events["name"], at=events["time"]).distinct()
        )

    assert [row for row in rows if row["targeting_key"] == "bob"] == [
        {"targeting_key": "bob", "name": None, "at": None}
    ]


def test_a_property_that_a_row_does_not_have_is_null(filled: ClickHouseWarehouse) -> None:
    with filled.session(1) as session:
        exposures = session.table(FileKind.EXPOSURE)
        rows = session.rows(
            exposures.select("event_id", country=session.property(exposures, "country")).order_by("event_id")
        )

    assert rows == [{"event_id": "x1", "country": "FR"}, {"event_id": "x2", "country": None}]


def test_what_is_kept_is_computed_once_and_gone_with_the_session(filled: ClickHouseWarehouse, connect: Connect) -> None:
    with filled.session(1) as session:
        events = session.table(FileKind.EVENT)
        drawn = session.keep(events.select("event_id", "value", "properties", draw=ibis.random()), "drawn")
        first, second = session.rows(drawn.order_by("event_id")), session.rows(drawn.order_by("event_id"))
        while_open = asked(connect, SCRATCH)

    assert first == second
    assert [row["value"] for row in first] == [None, 1.0, None, 3.0]
    assert (len(while_open), asked(connect, SCRATCH)) == (1, [])


def test_what_was_kept_is_gone_also_when_the_question_failed(filled: ClickHouseWarehouse, connect: Connect) -> None:
    with pytest.raises(ZeroDivisionError), filled.session(1) as session:
        session.keep(session.table(FileKind.EVENT), "events")
        raise ZeroDivisionError

    assert asked(connect, SCRATCH) == []


def test_what_a_dead_session_kept_is_tidied_away_after_a_day(filled: ClickHouseWarehouse, connect: Connect) -> None:
    client = connect({})
    old, young = (int((NOW - timedelta(hours=hours)).timestamp()) for hours in (25, 23))
    for opened in (old, young):
        client.command(f"CREATE TABLE fairsplit_scratch_{opened}_ab12_units (n Int64) ENGINE = Memory")
    client.close()

    filled.tidy(now=NOW)

    assert asked(connect, SCRATCH) == [f"fairsplit_scratch_{young}_ab12_units"]
    assert asked(connect, "SELECT count() FROM exposures") == 3


def test_what_is_forgotten_is_gone_from_both_tables(filled: ClickHouseWarehouse, connect: Connect) -> None:
    filled.forget_before(T + 2, now=NOW)

    with filled.session(1) as session:
        assert of_events(session) == ["e2", "e3"]
        assert session.rows(session.table(FileKind.EXPOSURE)) == []


def test_a_session_says_what_computes_and_of_what(filled: ClickHouseWarehouse, connect: Connect) -> None:
    with filled.session(1) as session:
        engine, inputs = session.engine, session.inputs

    assert engine == "ClickHouse " + asked(connect, "SELECT version()")
    assert inputs == {
        "exposures": {"stored": 2, "lastReceivedAt": 1_790_000_001_000_000},
        "events": {"stored": 4, "lastReceivedAt": 1_790_000_001_000_000},
    }


def test_a_question_to_an_empty_warehouse_makes_its_tables(connect: Connect) -> None:
    with warehouse_of(connect).session(1) as session:
        assert of_events(session) == []
        assert session.inputs["events"] == {"stored": 0, "lastReceivedAt": None}


def test_a_question_that_takes_too_much_memory_is_ended(connect: Connect) -> None:
    small = ClickHouseWarehouse(connect, name="ClickHouse", limits=Limits(memory=20_000_000))

    with small.session(1) as session, pytest.raises(WarehouseUnavailable, match=r"(?i)memory"):
        many = ibis.range(0, 20_000_000).unnest().name("n").as_table()
        session.rows(many.aggregate(n=many["n"].cast("string").collect()))


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    nowhere = ClickHouseWarehouse.from_url("clickhouse://ann:hunter2@127.0.0.1:1/shop")

    with pytest.raises(WarehouseUnavailable) as raised, nowhere.session(1):
        pass

    assert str(raised.value).startswith("ClickHouse at 127.0.0.1:1: ")
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)
