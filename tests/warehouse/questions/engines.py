"""Sessions over rows that a test gives: DuckDB in memory, and ClickHouse's own code in this process (chdb).

Both get the same rows, as JSON lines, and answer the same expressions. No part of the product.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import clickhouse_connect
import duckdb
import ibis
import numpy as np

from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import COLUMNS, NAMES, FileKind
from server.warehouse.unbound import unbound

DUCKDB_TYPES = {
    "int64": "BIGINT",
    "int32": "INTEGER",
    "string": "VARCHAR",
    "float64": "DOUBLE",
    "map<string, string>": "MAP(VARCHAR, VARCHAR)",
}
CLICKHOUSE_TYPES = {
    "int64": "Int64",
    "int32": "Int32",
    "string": "String",
    "float64": "Nullable(Float64)",
    "map<string, string>": "Map(String, String)",
}
DATABASES = count()

Row = Mapping[str, Any]


class EngineSession:
    """What both have in common. Remembers the SQL of everything that was asked."""

    engine: str
    inputs: Mapping[str, Any] = {}
    dialect: Dialect

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.kept = 0

    def table(self, kind: FileKind) -> Any:
        return unbound(kind)

    def property(self, table: Any, name: str) -> Any:
        return table.properties.get(name)

    def keep(self, expression: Any, name: str) -> Any:
        self.kept += 1
        kept = ibis.table(expression.schema(), name=f"{name}_{self.kept}")
        self.create(kept.get_name(), self.compiled(expression))
        return kept

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        found = self.fetched(self.compiled(expression))
        kinds = [
            bool if kind.is_boolean() else int if kind.is_integer() else float if kind.is_numeric() else str
            for kind in expression.schema().values()
        ]
        return [
            {
                name: value if value is None else kind(value)
                for name, kind, value in zip(expression.columns, kinds, row, strict=True)
            }
            for row in found
        ]

    def columns(self, expression: Any) -> dict[str, np.ndarray[Any, Any]]:
        rows = self.rows(expression)
        return {
            name: np.array(
                [row[name] for row in rows], dtype=np.int64 if kind.is_integer() and not kind.nullable else np.float64
            )
            for name, kind in expression.schema().items()
        }

    def compiled(self, expression: Any) -> str:
        self.asked.append(compiled(expression, self.dialect))
        return self.asked[-1]

    def create(self, name: str, sql: str) -> None:
        raise NotImplementedError

    def fetched(self, sql: str) -> Sequence[Sequence[Any]]:
        raise NotImplementedError


class DuckDBSession(EngineSession):
    engine = f"DuckDB {duckdb.__version__}"
    dialect = Dialect.DUCKDB

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__()
        self.connection = connection

    def create(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE TEMPORARY TABLE {name} AS {sql}")

    def fetched(self, sql: str) -> Sequence[Sequence[Any]]:
        return self.connection.execute(sql).fetchall()


class ClickHouseSession(EngineSession):
    engine = "chdb"
    dialect = Dialect.CLICKHOUSE

    def __init__(self, client: Any) -> None:
        super().__init__()
        self.client = client

    def create(self, name: str, sql: str) -> None:
        self.client.command(f"CREATE TABLE {name} ENGINE = Memory AS {sql}")

    def fetched(self, sql: str) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = self.client.query(sql).result_rows
        return rows


@contextmanager
def duckdb_session(rows: Mapping[FileKind, Sequence[Row]]) -> Iterator[DuckDBSession]:
    with duckdb.connect(":memory:") as connection:
        for kind, columns in COLUMNS.items():
            types = {name: DUCKDB_TYPES[column] for name, column in columns.items()}
            definition = ", ".join(f"{name} {column}" for name, column in types.items())
            connection.execute(f"CREATE TABLE {NAMES[kind]} ({definition})")
            if rows[kind]:
                values = ", ".join(f"(line->>'{name}')::{column}" for name, column in types.items())
                values = values.replace("(line->>'properties')::MAP", "(line->'properties')::MAP")
                connection.execute(
                    f"INSERT INTO {NAMES[kind]} SELECT {values} FROM (SELECT unnest(?::JSON[]) AS line)",
                    [[json.dumps(row) for row in rows[kind]]],
                )
        yield DuckDBSession(connection)


@contextmanager
def clickhouse_session(rows: Mapping[FileKind, Sequence[Row]]) -> Iterator[ClickHouseSession]:
    database = f"questions_{next(DATABASES)}"
    settings = {"join_use_nulls": 1, "precise_float_parsing": 1}
    # The engine lives as long as any client of it.
    with clickhouse_connect.get_client(interface="chdb") as outer:
        outer.command(f"CREATE DATABASE {database}")
        try:
            with clickhouse_connect.get_client(interface="chdb", database=database, settings=settings) as client:
                for kind, columns in COLUMNS.items():
                    definition = ", ".join(f"{name} {CLICKHOUSE_TYPES[column]}" for name, column in columns.items())
                    client.command(f"CREATE TABLE {NAMES[kind]} ({definition}) ENGINE = Memory")
                    if rows[kind]:
                        lines = "\n".join(json.dumps(row) for row in rows[kind])
                        client.raw_insert(NAMES[kind], insert_block=lines, fmt="JSONEachRow")
                yield ClickHouseSession(client)
        finally:
            outer.command(f"DROP DATABASE {database}")


SESSIONS = {"DuckDB": duckdb_session, "ClickHouse": clickhouse_session}
