"""What would be asked of a source, written down instead of asked: for whoever is to allow it. Connects to nothing."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import sqlglot

from server.warehouse.plain import plain_columns
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import (
    Aggregate,
    ExperimentQuestion,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Scope,
    Shape,
)
from server.warehouse.sources.mapped import MappedTables
from server.warehouse.sources.mapping import MappedTable
from server.warehouse.sources.session import SourceSession
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import NAMES, FileKind
from server.warehouse.times import DAY

OPENED = 1_790_000_000_000_000
ENVIRONMENT = 1


class PrintingSession(SourceSession):
    """Answers every question with no rows, and remembers the statement."""

    def __init__(self, tables: MappedTables, *, environment_id: int = ENVIRONMENT, **times: int | None) -> None:
        super().__init__(
            None, tables, engine="", inputs={}, failures=nullcontext, environment_id=environment_id, **times
        )
        self.statements: list[str] = []

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        self.statements.append(self._statement(expression))
        return []

    def columns(self, expression: Any) -> dict[str, np.ndarray[Any, Any]]:
        self.statements.append(self._statement(expression))
        return plain_columns(expression.schema(), ())


def printed(mapping: Mapping[FileKind, MappedTable], dialect: Dialect) -> str:
    """The two tables as they are read, and what a question about an experiment with three metrics asks."""
    tables = MappedTables(mapping, dialect)
    sections = [
        (f"{NAMES[kind]}: what is read of {'.'.join(mapping[kind].table)}", compiled(tables.table(kind), dialect))
        for kind in FileKind
    ]
    session = PrintingSession(tables, since=OPENED - 14 * DAY, until=OPENED + 14 * DAY)
    ask_experiment(session, example_question())
    count = len(session.statements)
    sections += [
        (f"results of an experiment, statement {number} of {count}", statement)
        for number, statement in enumerate(session.statements, start=1)
    ]
    return "\n".join(f"-- {title}\n{pretty(statement, dialect)};\n" for title, statement in sections)


def pretty(statement: str, dialect: Dialect) -> str:
    """The statement in lines, as a parser of the dialect reads it.

    Raises:
        sqlglot.ParseError: it cannot be read.
    """
    return sqlglot.parse_one(statement, dialect=dialect.value).sql(dialect=dialect.value, pretty=True)


def example_question() -> ExperimentQuestion:
    """Two weeks of an experiment: a proportion, a capped sum with its past, and a ratio of filtered events."""
    bought = Measure(event="purchase", aggregate=Aggregate.COUNT, ends=7 * DAY)
    large = PropertyFilter("amount", Operator.AT_LEAST, ("100",))
    return ExperimentQuestion(
        environment_id=ENVIRONMENT,
        experiment="1",
        variants=("control", "treatment"),
        scopes=(Scope(id=1, phases=(1,), opened=OPENED, closed=OPENED + 14 * DAY),),
        as_of=OPENED + 14 * DAY,
        metrics=(
            MetricQuestion("conversion", Shape.HAPPENED, bought),
            MetricQuestion(
                "revenue", Shape.VALUE, Measure("purchase", Aggregate.SUM), winsorise=0.99, lookback=14 * DAY
            ),
            MetricQuestion(
                "large orders",
                Shape.RATIO,
                Measure("purchase", Aggregate.COUNT, filters=(large,)),
                denominator=Measure("purchase", Aggregate.COUNT),
            ),
        ),
    )
