"""Counts how often a question reads a table of the warehouse, and asks for nothing but the columns that it reads."""

from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import expressions

from benchmarks.results.question import DAYS, LOOKBACK, OPENED
from server.warehouse.engine import Session
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import NAMES, FileKind
from server.warehouse.times import DAY


class CountingSession:
    """A session that remembers all that it was asked; it is looked at later, so that it takes no time now."""

    def __init__(self, session: Session, dialect: Dialect) -> None:
        self._session, self._dialect = session, dialect
        self.engine, self.inputs = session.engine, session.inputs
        self.asked: list[Any] = []

    def table(self, kind: FileKind) -> Any:
        return self._session.table(kind)

    def property(self, table: Any, name: str) -> Any:
        return self._session.property(table, name)

    def keep(self, expression: Any, name: str) -> Any:
        self.asked.append(expression)
        return self._session.keep(expression, name)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        self.asked.append(expression)
        return self._session.rows(expression)

    def columns(self, expression: Any) -> Any:
        self.asked.append(expression)
        return self._session.columns(expression)

    def reads(self, kind: FileKind) -> int:
        """How often the table was read, every use of what the SQL names once and uses again included."""
        found = 0
        for expression in self.asked:
            tree = sqlglot.parse_one(compiled(expression, self._dialect), read=self._dialect.value)
            found += _reads(tree, NAMES[kind], {cte.alias: cte for cte in tree.find_all(expressions.CTE)})
        return found


def scan(session: Session, environment_id: int) -> int:
    """Read the columns of events that the question reads, in the rows that it reads, and give how many those are."""
    events = session.table(FileKind.EVENT)
    events = events.filter(
        events.environment_id == environment_id,
        events.name.isin(["added_to_basket", "order_placed", "page_loaded"]),
        events.time >= OPENED - LOOKBACK,
        events.time < OPENED + DAYS * DAY,
    )
    device = session.property(events, "device")
    [found] = session.rows(
        events.aggregate(
            rows=events.count(),
            keys=events.targeting_key.length().sum(),
            latest=events.time.max(),
            values=events.value.sum(),
            devices=device.length().sum(),
        )
    )
    return int(found["rows"])


def _reads(tree: Any, table: str, shared: Mapping[str, Any]) -> int:
    found = 0
    for node in tree.find_all(expressions.Table):
        inside = node.find_ancestor(expressions.CTE)
        if inside is None or inside is tree:
            found += _reads(shared[node.name], table, shared) if node.name in shared else node.name == table
    return found
