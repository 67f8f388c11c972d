"""Questions to one environment's rows in ClickHouse. Compiles and sends what it is given; knows no experiment."""

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import ibis
import numpy as np
from ibis.backends.sql.datatypes import ClickHouseType

from server.warehouse.clickhouse.schema import quoted
from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.plain import plain_columns, plain_rows
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import NAMES, FileKind
from server.warehouse.unbound import unbound

SCRATCH = "fairsplit_scratch_"

logger = logging.getLogger(__name__)


class ClickHouseSession:
    """ClickHouse has no moment that several statements share: a block that arrives between two is in the second."""

    def __init__(
        self,
        client: Any,
        *,
        failures: Callable[[], AbstractContextManager[None]],
        environment_id: int,
        since: int | None,
        until: int | None,
        opened: int,
    ) -> None:
        self._client, self._failures, self._environment_id = client, failures, environment_id
        self._since, self._until, self._opened = since, until, opened
        self._scratch: list[str] = []
        self.engine = f"ClickHouse {client.server_version}"
        self.inputs: Mapping[str, Any] = {NAMES[kind]: self._state(kind) for kind in FileKind}

    def table(self, kind: FileKind) -> Any:
        """The rows of the environment; of events only those between the times, so that other months are not read.

        Exposures of an experiment lie together anyway, and those outside its phases are counted.
        """
        table = unbound(kind)
        conditions = [table["environment_id"] == self._environment_id]
        if self._since is not None and kind is FileKind.EVENT:
            conditions.append(table["time"] >= self._since)
        if self._until is not None and kind is FileKind.EVENT:
            conditions.append(table["time"] < self._until)
        return table.filter(conditions)

    def property(self, table: Any, name: str) -> Any:
        return table["properties"].get(name)

    def keep(self, expression: Any, name: str) -> Any:
        """Written to a table for as long as the session lasts: ClickHouse computes a CTE at every mention."""
        schema = expression.schema()
        scratch = f"{SCRATCH}{self._opened}_{secrets.token_hex(6)}_{name}"
        columns = ", ".join(f"{quoted(column)} {_type(kind)}" for column, kind in schema.items())
        with self._failures():
            self._scratch.append(scratch)
            self._client.command(f"CREATE TABLE {quoted(scratch)} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
            self._client.command(f"INSERT INTO {quoted(scratch)} {compiled(expression, Dialect.CLICKHOUSE)}")
        return ibis.table(schema, name=scratch)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        statement = compiled(expression, Dialect.CLICKHOUSE)
        with self._failures():
            return plain_rows(expression.schema(), self._client.query(statement).result_rows)

    def columns(self, expression: Any) -> dict[str, np.ndarray[Any, Any]]:
        statement = compiled(expression, Dialect.CLICKHOUSE)
        with self._failures(), self._client.query_column_block_stream(statement) as blocks:
            return plain_columns(expression.schema(), blocks)

    def end(self) -> None:
        """Drop what was kept; what cannot be dropped now, `tidy` drops tomorrow."""
        for scratch in self._scratch:
            try:
                with self._failures():
                    self._client.command(f"DROP TABLE IF EXISTS {quoted(scratch)}")
            except WarehouseUnavailable as problem:
                logger.warning("the table %s stays until it is tidied away: %s", scratch, problem)

    def _state(self, kind: FileKind) -> dict[str, int | None]:
        """What is there as the session begins; copies that no merge has removed yet are counted."""
        table = unbound(kind)
        mine = table.filter(table["environment_id"] == self._environment_id)
        state = mine.aggregate(stored=mine.count(), last_received_at=mine["received_at"].max())
        with self._failures():
            result = self._client.query(compiled(state, Dialect.CLICKHOUSE), settings={"final": 0})
            [row] = plain_rows(state.schema(), result.result_rows)
        return {"stored": row["stored"], "lastReceivedAt": row["last_received_at"]}


def _type(kind: Any) -> str:
    return str(ClickHouseType.from_ibis(kind).sql("clickhouse"))
