"""Questions to a customer's own warehouse, over its driver's DB-API 2.0 connection. Creates nothing there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

import numpy as np

from server.warehouse.plain import plain_columns, plain_rows
from server.warehouse.sources.mapped import MappedTables
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import FileKind

FETCHED_AT_ONCE = 50_000


class SourceSession:
    """Each statement reads what is there when it runs: such warehouses have no moment that several share."""

    def __init__(
        self,
        connection: Any,
        tables: MappedTables,
        *,
        engine: str,
        inputs: Mapping[str, Any],
        failures: Callable[[], AbstractContextManager[None]],
        environment_id: int,
        since: int | None = None,
        until: int | None = None,
    ) -> None:
        self.engine, self.inputs = engine, inputs
        self._connection, self._tables, self._failures = connection, tables, failures
        self._environment_id, self._since, self._until = environment_id, since, until

    def table(self, kind: FileKind) -> Any:
        """The environment's rows of the customer's table, with our columns."""
        table = self._tables.table(kind, since=self._since, until=self._until)
        return table.filter(table["environment_id"] == self._environment_id)

    def property(self, table: Any, name: str) -> Any:
        return self._tables.property(table, name)

    def keep(self, expression: Any, name: str) -> Any:
        """The expression itself: nothing is written to somebody else's warehouse."""
        return expression

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        with self._failures(), closing(self._connection.cursor()) as cursor:
            cursor.execute(self._statement(expression))
            return plain_rows(expression.schema(), cursor.fetchall())

    def columns(self, expression: Any) -> dict[str, np.ndarray[Any, Any]]:
        with self._failures(), closing(self._connection.cursor()) as cursor:
            cursor.execute(self._statement(expression))
            return plain_columns(expression.schema(), _blocks(cursor))

    def _statement(self, expression: Any) -> str:
        statement = compiled(expression, self._tables.dialect)
        # BigQuery's driver halves every pair of them, also where there are no parameters.
        return statement.replace("%", "%%") if self._tables.dialect is Dialect.BIGQUERY else statement


def _blocks(cursor: Any) -> Iterator[Sequence[Sequence[Any]]]:
    while rows := cursor.fetchmany(FETCHED_AT_ONCE):
        yield list(zip(*rows, strict=True))
