"""Opens the warehouse that is measured: files read by DuckDB, or ClickHouse's own code in this process (chdb)."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect

from server.warehouse.clickhouse import client
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from server.warehouse.engine import Warehouse
from server.warehouse.parquet import duck
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse

DUCKDB, CHDB = "DuckDB", "chdb"
ENGINES = (DUCKDB, CHDB)
DATABASE = "fairsplit"
MEMORY = 2_000_000_000
"""What either engine may take for one question, as WAREHOUSE_MEMORY=2GB lets it."""

SECONDS = 3_600


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Warehouse]:
    """The warehouse with its data in the folder, for as long as the block runs."""
    if engine == DUCKDB:
        yield ParquetWarehouse(Folder(folder), duck.Limits(memory=f"{MEMORY // 1_000_000}MB", seconds=SECONDS))
        return
    # The engine of a process lasts as long as any client of it does.
    with closing(_client(folder, {})) as first:
        first.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        limits = client.Limits(memory=MEMORY, seconds=SECONDS)
        yield ClickHouseWarehouse(
            lambda settings: _client(folder, settings, DATABASE), name="ClickHouse", limits=limits
        )


@contextmanager
def chdb_client(folder: Path) -> Iterator[Any]:
    """A client of the same database, for what a warehouse does not do."""
    with closing(_client(folder, {}, DATABASE)) as opened_client:
        yield opened_client


def _client(folder: Path, settings: Mapping[str, Any], database: str | None = None) -> Any:
    return clickhouse_connect.get_client(interface="chdb", path=str(folder), database=database, settings=dict(settings))
