"""Puts a block's files into the tables: any number of times, with one result. Reads nothing back."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.warehouse.clickhouse.client import writing
from server.warehouse.engine import StagedBlock
from server.warehouse.tables import COLUMNS, NAMES, FileKind

MOST_LINES = 200_000
MOST_BYTES = 32 * 1024 * 1024


def insert_block(client: Any, block: StagedBlock) -> None:
    """Insert what the tables do not have of it yet.

    Each insert carries a token, made of the block, the table and the very lines: one that was taken is
    recognised, and one with other lines never is, whoever used the block's number before.
    """
    for kind in FileKind:
        if kind in block.files:
            for lines in _chunks(block.files[kind]):
                _insert(client, kind, lines, block_id=block.id)


def _insert(client: Any, kind: FileKind, lines: bytes, *, block_id: int) -> None:
    digest = hashlib.blake2b(lines, digest_size=16).hexdigest()
    client.raw_insert(
        NAMES[kind],
        column_names=list(COLUMNS[kind]),
        insert_block=lines,
        fmt="JSONEachRow",
        settings={**writing(), "insert_deduplication_token": f"fairsplit-{block_id}-{kind.value}-{digest}"},
    )


def _chunks(path: Path) -> Iterator[bytes]:
    """A file's lines in pieces that fit into memory; of one file, always the same pieces."""
    kept: list[bytes] = []
    size = 0
    with path.open("rb") as lines:
        for line in lines:
            if kept and (len(kept) == MOST_LINES or size + len(line) > MOST_BYTES):
                yield b"".join(kept)
                kept, size = [], 0
            kept.append(line)
            size += len(line)
    if kept:
        yield b"".join(kept)
