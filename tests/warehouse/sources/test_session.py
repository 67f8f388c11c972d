"""A customer's tables, mapped, give the answers that our own tables give; and nothing is ever written to them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from server.warehouse.engine import ReadOnlyWarehouse, StagedBlock, WarehouseUnavailable
from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.units import units_of
from server.warehouse.sources.mapping import mapping_of
from server.warehouse.sources.printing import example_question
from server.warehouse.sources.warehouse import SourceWarehouse
from server.warehouse.sql import Dialect
from server.warehouse.tables import COLUMNS, FileKind
from tests.warehouse.questions.engines import duckdb_session
from tests.warehouse.questions.reference import ask_reference, ask_reference_baseline
from tests.warehouse.questions.same import assert_same
from tests.warehouse.questions.worlds import AS_OF, DAY, START, event, exposure, rows, world
from tests.warehouse.sources.their_tables import EVENTS, MAPPING, lake

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def over(connection: duckdb.DuckDBPyConnection, mapping: Any = MAPPING) -> SourceWarehouse:
    return SourceWarehouse(Dialect.DUCKDB, mapping_of(mapping).tables, connection.cursor, secrets=["hunter2"])


@pytest.mark.parametrize("seed", (40, 42))
def test_a_customers_tables_answer_as_a_loop_over_our_rows_does(seed: int) -> None:
    given, question = world(seed)
    question = replace(question, metrics=question.metrics[:6])

    with lake(given) as connection, over(connection).session(1) as session:
        found = ask_experiment(session, question)

    assert_same(found, ask_reference(given, question))


def test_a_customers_tables_give_the_baseline_that_our_rows_have() -> None:
    given, question = world(50)
    question = replace(question, metrics=question.metrics[:4])
    asked = {"environment_id": 1, "since": START + DAY, "until": AS_OF}

    with lake(given) as connection, over(connection).session(1) as session:
        found = ask_baseline(session, question.metrics, **asked)

    assert_same(found, ask_reference_baseline(given, question.metrics, **asked))


def test_a_customers_tables_give_the_units_that_ours_have() -> None:
    given, question = world(51)
    question = replace(question, metrics=question.metrics[:4])

    with lake(given) as connection, over(connection).session(1) as session:
        theirs = units_of(session, question).read()
    with duckdb_session(given) as session:
        ours = units_of(session, question).read()

    np.testing.assert_array_equal(theirs.arms, ours.arms)
    for one, other in zip(theirs.metrics, ours.metrics, strict=True):
        np.testing.assert_allclose(one.y, other.y, rtol=1e-12)


def test_a_table_has_exactly_our_columns_with_nothing_missing() -> None:
    given = rows(exposure("ann", START + 1, "control", country="FR"), event("ann", START + 2, value=2.5, price="7"))

    with lake(given) as connection, over(connection).session(1) as session:
        found = {kind: session.rows(session.table(kind)) for kind in FileKind}

    [[met], [did]] = found.values()
    assert [list(row) for row in (met, did)] == [list(COLUMNS[kind]) for kind in FileKind]
    assert (met["environment_id"], met["event_id"], met["targeting_key"]) == (1, "", "ann")
    assert (met["time"], met["received_at"], met["flag"], met["variant"]) == (START + 1, START + 1, "", "control")
    assert (did["time"], did["received_at"], did["name"], did["value"]) == (START + 2, START + 2, "buy", 2.5)


def test_a_session_sees_its_environment_and_no_other() -> None:
    given = rows(
        exposure("ann", START, "control"),
        {**exposure("eve", START, "control"), "environment_id": 2},
        event("ann", START),
        {**event("eve", START), "environment_id": 2},
    )

    with lake(given) as connection:
        seen = []
        for environment_id in (1, 2, 3):
            with over(connection).session(environment_id) as session:
                seen.append([row["targeting_key"] for kind in FileKind for row in session.rows(session.table(kind))])

    assert seen == [["ann", "ann"], ["eve", "eve"], []]


def test_rows_without_a_unit_a_time_or_an_environment_of_ours_are_left_out() -> None:
    with lake(rows()) as connection:
        connection.execute(
            "INSERT INTO lake.analytics.tracks (site, user_id, happened_us, event) VALUES "
            "(10, NULL, 1, 'x'), (10, 'ann', NULL, 'x'), (NULL, 'ann', 1, 'x'), (30, 'ann', 1, 'x'), "
            "(10, 'ann', 1, NULL)"
        )
        with over(connection).session(1) as session:
            [row] = session.rows(session.table(FileKind.EVENT))

    assert (row["targeting_key"], row["time"], row["name"], row["value"]) == ("ann", 1, "", None)


@pytest.mark.parametrize(
    ("stored_as", "type_", "stored"),
    [
        ("TIMESTAMP", "TIMESTAMP", "make_timestamp(1790000000123456)"),
        ("TIMESTAMP", "TIMESTAMPTZ", "'2026-09-21 16:13:20.123456+02'"),
        ("SECONDS", "DOUBLE", "1790000000.123456"),
        ("SECONDS", "DECIMAL(20, 6)", "1790000000.123456"),
        ("MILLISECONDS", "DOUBLE", "1790000000123.456"),
        ("MICROSECONDS", "BIGINT", "1790000000123456"),
    ],
)
def test_a_moment_is_the_same_however_it_is_stored(stored_as: str, type_: str, stored: str) -> None:
    mapping = {
        **MAPPING,
        "events": {
            "table": "clicks",
            "columns": {
                "environment_id": {"constant": 1},
                "targeting_key": {"constant": "ann"},
                "time": {"column": "clicked", "stored_as": stored_as},
                "name": {"constant": "click"},
            },
        },
    }
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE clicks (clicked {type_}); INSERT INTO clicks VALUES ({stored})")
        found = []
        for since, until in [
            (None, None),
            (0, 1_790_000_000_123_456),
            (1_790_000_000_123_456, 2 * 10**15),
            (10**15, None),
        ]:
            with over(connection, mapping).session(1, since=since, until=until) as session:
                found.append([row["time"] for row in session.rows(session.table(FileKind.EVENT))])

    assert found == [[1_790_000_000_123_456], [], [1_790_000_000_123_456], [1_790_000_000_123_456]]


def test_properties_may_be_in_a_map() -> None:
    mapping = {**MAPPING, "events": {**EVENTS, "table": "tracks", "properties": {"map": "props"}}}
    with lake(rows(event("ann", 1, price="7"), event("bob", 2))) as connection:
        connection.execute(
            "CREATE TABLE tracks AS SELECT * REPLACE (CAST(props AS MAP(VARCHAR, VARCHAR)) AS props) "
            "FROM lake.analytics.tracks"
        )
        with over(connection, mapping).session(1) as session:
            events = session.table(FileKind.EVENT).order_by("time")
            found = session.rows(events.select(price=session.property(events, "price")))

    assert found == [{"price": "7"}, {"price": None}]


def test_a_property_without_a_column_is_nobodys() -> None:
    given = rows(exposure("ann", 1, "control", **{"signed in": "true"}), exposure("bob", 2, "control"))

    with lake(given) as connection, over(connection).session(1) as session:
        exposures = session.table(FileKind.EXPOSURE).order_by("time")
        columns = {name: session.property(exposures, name) for name in ("signed in", "country", "price")}
        found = session.rows(exposures.select(**columns))

    assert found == [
        {"signed in": "true", "country": None, "price": None},
        {"signed in": None, "country": None, "price": None},
    ]


def test_what_is_read_stays_as_it_was() -> None:
    question = example_question()

    with lake(rows()) as connection:
        before = connection.execute("SELECT database_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        with over(connection).session(1) as session:
            ask_experiment(session, question)
        after = connection.execute("SELECT database_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()

    assert before == after == [("lake", "experiment_exposures"), ("lake", "tracks")]


def test_nothing_is_written_to_somebody_elses_warehouse() -> None:
    with duckdb.connect(":memory:") as connection:
        warehouse = over(connection)
        for write in (
            lambda: warehouse.append(StagedBlock(1, {FileKind.EVENT: Path("events")})),
            lambda: warehouse.publish([], now=NOW),
            lambda: warehouse.forget_before(1, now=NOW),
        ):
            with pytest.raises(ReadOnlyWarehouse, match="only read"):
                write()
        warehouse.tidy(now=NOW)


def test_what_the_driver_says_is_one_line_without_the_password() -> None:
    def connect() -> Any:
        raise OSError("cannot reach\n snowflake://ann:hunter2@acme")

    broken = SourceWarehouse(Dialect.SNOWFLAKE, mapping_of(MAPPING).tables, connect, secrets=["hunter2"])

    with pytest.raises(WarehouseUnavailable) as raised, broken.session(1):
        pass

    assert str(raised.value) == "Snowflake: cannot reach snowflake://ann:***@acme"


def test_a_table_that_is_not_there_is_named() -> None:
    with (
        duckdb.connect(":memory:") as connection,
        over(connection).session(1) as session,
        pytest.raises(WarehouseUnavailable, match="lake"),
    ):
        session.rows(session.table(FileKind.EXPOSURE))


def test_a_result_tells_which_mapping_it_was_computed_with() -> None:
    other = {**MAPPING, "events": {**EVENTS, "table": "elsewhere"}}
    with (
        duckdb.connect(":memory:") as connection,
        over(connection).session(1) as session,
        over(connection, other).session(1) as changed,
    ):
        inputs = [session.inputs, changed.inputs]

    assert inputs[0]["tables"] == ["lake.analytics.experiment_exposures", "lake.analytics.tracks"]
    assert inputs[1]["tables"] == ["lake.analytics.experiment_exposures", "elsewhere"]
    assert inputs[0]["mapping"] != inputs[1]["mapping"]
