"""Turns an expression into one engine's SQL, with Ibis' compilers alone. Connects to nothing, and needs no pandas."""

from enum import StrEnum
from typing import Any

from ibis.backends.sql.compilers import (
    BigQueryCompiler,
    ClickHouseCompiler,
    DatabricksCompiler,
    DuckDBCompiler,
    SnowflakeCompiler,
)


class Dialect(StrEnum):
    """Whose SQL."""

    DUCKDB = "duckdb"
    CLICKHOUSE = "clickhouse"
    BIGQUERY = "bigquery"
    SNOWFLAKE = "snowflake"
    DATABRICKS = "databricks"


COMPILERS: dict[Dialect, Any] = {
    Dialect.DUCKDB: DuckDBCompiler(),
    Dialect.CLICKHOUSE: ClickHouseCompiler(),
    Dialect.BIGQUERY: BigQueryCompiler(),
    Dialect.SNOWFLAKE: SnowflakeCompiler(),
    Dialect.DATABRICKS: DatabricksCompiler(),
}


def compiled(expression: Any, dialect: Dialect) -> str:
    """One SELECT. Of a table that belongs to no engine, its columns are named as they are in the table."""
    compiler = COMPILERS[dialect]
    return str(compiler.to_sqlglot(expression).sql(dialect=compiler.dialect))
