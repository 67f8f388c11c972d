"""ClickHouse's own code in this process (chdb), as clients for a warehouse: a database each. No part of the product.

A process has one engine, whoever opens it, and it lasts as long as one client does: the databases that
other tests made stay out of each other's way by their names.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import clickhouse_connect

from server.warehouse.clickhouse.client import Connect, Limits
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from server.warehouse.engine import StagedBlock
from server.warehouse.tables import FileKind

DATABASES = count()
Row = Mapping[str, Any]


@contextmanager
def database() -> Iterator[Connect]:
    """An empty database: what opens clients of it."""
    name = f"warehouse_{next(DATABASES)}"
    with clickhouse_connect.get_client(interface="chdb") as first:
        first.command(f"CREATE DATABASE {name}")
        yield lambda settings: clickhouse_connect.get_client(interface="chdb", database=name, settings=dict(settings))
        first.command(f"DROP DATABASE {name}")


def warehouse_of(connect: Connect, *, keep_days: int = 0) -> ClickHouseWarehouse:
    return ClickHouseWarehouse(connect, name="ClickHouse", limits=Limits(keep_days=keep_days), secrets=["hunter2"])


def staged(folder: Path, block_id: int, rows: Mapping[FileKind, Sequence[Row]]) -> StagedBlock:
    """The block as the outbox writes it."""
    files = {}
    for kind, of_kind in rows.items():
        files[kind] = folder / f"{block_id}-{kind.value}.jsonl"
        files[kind].write_text("".join(json.dumps(row) + "\n" for row in of_kind))
    return StagedBlock(id=block_id, files=files)


def exposure(event_id: str, **changes: Any) -> Row:
    return {
        "environment_id": 1,
        "event_id": event_id,
        "targeting_key": "ann",
        "time": 1_790_000_000_000_000,
        "received_at": 1_790_000_001_000_000,
        "flag": "checkout",
        "variant": "control",
        "experiment": "7",
        "phase": 1,
        "properties": {},
        **changes,
    }


def event(event_id: str, **changes: Any) -> Row:
    return {
        "environment_id": 1,
        "event_id": event_id,
        "targeting_key": "ann",
        "time": 1_790_000_000_000_000,
        "received_at": 1_790_000_001_000_000,
        "name": "bought",
        "value": None,
        "properties": {},
        **changes,
    }


def asked(connect: Connect, statement: str) -> Any:
    """The first value of what a statement answers."""
    client = connect({})
    try:
        return client.query(statement).result_rows[0][0]
    finally:
        client.close()


Breaks = Callable[[str], bool]


def that_breaks(connect: Connect, breaks: Breaks) -> Connect:
    """Clients whose connection is lost before an insert into one of the tables."""

    def connected(settings: Mapping[str, Any]) -> Any:
        client = connect(settings)
        insert = client.raw_insert

        def raw_insert(table: str, **options: Any) -> Any:
            if breaks(table):
                raise ConnectionError("clickhouse://default:hunter2@127.0.0.1:8123 went away")
            return insert(table, **options)

        client.raw_insert = raw_insert
        return client

    return connected
