"""Every question compiles for every engine, to SQL that parses as that engine's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ibis
import pytest
import sqlglot
from sqlglot.expressions import Query

from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import ExperimentQuestion, MetricQuestion, Shape
from server.warehouse.questions.units import Sample, units_of
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import COLUMNS, NAMES, FileKind
from tests.warehouse.questions.engines import DuckDBSession, duckdb_session
from tests.warehouse.questions.same import assert_same
from tests.warehouse.questions.worlds import AS_OF, PROPERTIES, START, world


class Everyone(DuckDBSession):
    """Answers with DuckDB, and keeps what was asked: of tables whose properties are columns, as a mapping has them."""

    def __init__(self, connection: Any, *, keeps: bool) -> None:
        super().__init__(connection)
        self.keeps = keeps
        self.expressions: list[Any] = []
        for name in NAMES.values():
            for number, key in enumerate(PROPERTIES):
                connection.execute(f"ALTER TABLE {name} ADD COLUMN p{number} VARCHAR")
                connection.execute(f"UPDATE {name} SET p{number} = properties[?]", [key])

    def table(self, kind: FileKind) -> Any:
        columns = {name: column for name, column in COLUMNS[kind].items() if name != "properties"}
        return ibis.table(columns | {f"p{number}": "string" for number in range(len(PROPERTIES))}, name=NAMES[kind])

    def property(self, table: Any, name: str) -> Any:
        keys = list(PROPERTIES)
        return table[f"p{keys.index(name)}"] if name in keys else ibis.null("string")

    def keep(self, expression: Any, name: str) -> Any:
        return super().keep(expression, name) if self.keeps else expression

    def compiled(self, expression: Any) -> str:
        self.expressions.append(expression)
        return super().compiled(expression)


@contextmanager
def everyone(seed: int, *, keeps: bool) -> Iterator[tuple[Everyone, Any]]:
    rows, question = world(seed)
    with duckdb_session(rows) as session:
        yield Everyone(session.connection, keeps=keeps), question


def one_of_each_shape(question: ExperimentQuestion) -> tuple[MetricQuestion, ...]:
    by_shape = {metric.shape: replace(metric, lookback=5) for metric in question.metrics}
    capped = replace(by_shape[Shape.RATIO], name="capped", cap=None, winsorise=0.9)
    return (*by_shape.values(), capped)


@pytest.mark.parametrize("keeps", (True, False))
def test_every_expression_of_every_question_is_sql_of_every_engine(keeps: bool) -> None:
    with everyone(3, keeps=keeps) as (session, question):
        question = replace(question, scopes=question.scopes[:2], metrics=one_of_each_shape(question))
        ask_experiment(session, question)
        if keeps:
            units_of(session, question, sample=Sample(1, "a draw")).read()
            ask_baseline(session, question.metrics, environment_id=1, since=START, until=AS_OF)

    assert len(session.expressions) > 5
    for expression in session.expressions:
        for dialect in Dialect:
            (statement,) = sqlglot.parse(compiled(expression, dialect), read=dialect.value)
            assert isinstance(statement, Query)


@pytest.mark.parametrize("keeps", (True, False))
def test_columns_in_place_of_a_map_and_nothing_kept_give_the_same_answer(keeps: bool) -> None:
    rows, question = world(3)
    question = replace(question, scopes=question.scopes[:5], metrics=question.metrics[:6])
    with duckdb_session(rows) as session:
        expected = ask_experiment(session, question)
    with everyone(3, keeps=keeps) as (session, _):
        found = ask_experiment(session, question)

    assert_same(found, expected)


def test_texts_are_quoted_as_each_engine_does_it() -> None:
    table = ibis.table({"name": "string"}, name="events")
    expression = table.filter(table.name == 'O\'Brien \\ "x"')

    assert "'O''Brien \\ \"x\"'" in compiled(expression, Dialect.DUCKDB)
    assert "'O''Brien \\\\ \"x\"'" in compiled(expression, Dialect.CLICKHOUSE)
    for dialect in (Dialect.BIGQUERY, Dialect.SNOWFLAKE, Dialect.DATABRICKS):
        assert "O\\'Brien \\\\" in compiled(expression, dialect)
