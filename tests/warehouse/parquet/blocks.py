"""Blocks of events as the outbox hands them over, and what a warehouse says that it has. Knows no rule of either."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from server.warehouse.engine import StagedBlock
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.tables import FileKind

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)
numbers = count(1)


def us(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000


def event(environment_id: int, key: str = "user-1", time: datetime = NOW, **columns: Any) -> dict[str, Any]:
    row = {
        "environment_id": environment_id,
        "event_id": f"event-{next(numbers)}",
        "targeting_key": key,
        "time": us(time),
        "received_at": us(time),
        "name": "bought",
        "value": 1.5,
        "properties": {},
    }
    return row | columns


def exposure(environment_id: int, key: str = "user-1", time: datetime = NOW, **columns: Any) -> dict[str, Any]:
    row = {
        "environment_id": environment_id,
        "event_id": f"event-{next(numbers)}",
        "targeting_key": key,
        "time": us(time),
        "received_at": us(time),
        "flag": "button",
        "variant": "control",
        "experiment": "17",
        "phase": 1,
        "properties": {},
    }
    return row | columns


def staged(
    folder: Path, events: Sequence[dict[str, Any]] = (), exposures: Sequence[dict[str, Any]] = (), block: int = 0
) -> StagedBlock:
    """A block of these rows, with a number of its own if none is given."""
    number = block or next(numbers)
    files = {}
    for kind, rows in ((FileKind.EVENT, events), (FileKind.EXPOSURE, exposures)):
        if rows:
            files[kind] = folder / f"{kind.value}-{number}.ndjson"
            files[kind].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return StagedBlock(number, files)


def store(
    warehouse: ParquetWarehouse,
    folder: Path,
    *rows: dict[str, Any],
    now: datetime = NOW,
    exposures: Sequence[dict[str, Any]] = (),
) -> None:
    """Append and publish one block."""
    warehouse.publish(warehouse.append(staged(folder, rows, exposures)), now=now)


def stored(
    warehouse: ParquetWarehouse, environment_id: int, kind: FileKind = FileKind.EVENT, **times: int
) -> list[dict[str, Any]]:
    """All rows that count, by id."""
    with warehouse.session(environment_id, **times) as session:
        return sorted(session.rows(session.table(kind)), key=lambda row: int(row["event_id"].partition("-")[2]))


def files(folder: Folder) -> list[str]:
    """Every file that is there, scratch included."""
    return sorted(path.relative_to(folder.root).as_posix() for path in folder.root.rglob("*") if path.is_file())
