"""Writes a block's events into Parquet files, one of each environment and table. Lists none of them."""

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from server.warehouse.engine import StagedBlock
from server.warehouse.parquet.duck import Duck, Limits, explained, opened_duck, text
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import Written, keep_what_is_written, known, path_of
from server.warehouse.parquet.rows import order, selected, types, written
from server.warehouse.tables import FileKind


def write_block(folder: Folder, limits: Limits, block: StagedBlock) -> list[Written]:
    """Have every file of a block in its place, whole. Again for the same block it gives the same.

    A file that the manifest has already is left as it is: somebody may be reading it.

    Raises:
        WarehouseUnavailable: the folder could not be written; some files may be there, and none counts.
    """
    if not block.files:
        return []
    reading = list(block.files.values())
    with explained(folder, limits), opened_duck(folder, limits, reading=reading) as (duck, scratch):
        drafts = [
            draft
            for kind, source in sorted(block.files.items())
            for draft in _drafts(duck, scratch, block.id, kind, source)
        ]
        with transaction.atomic():
            keep_what_is_written()
            there = known([file.path for _, file in drafts])
            for draft, file in drafts:
                if file.path not in there:
                    folder.settle(draft, file.path)
    return [file for _, file in drafts]


def _drafts(duck: Duck, scratch: Path, block: int, kind: FileKind, source: Path) -> Iterator[tuple[Path, Written]]:
    duck.run(
        "CREATE OR REPLACE TEMP TABLE staged AS SELECT * FROM "
        f"read_json({text(str(source))}, format = 'newline_delimited', columns = {types(kind)})"
    )
    summary = "SELECT environment_id, count(*), min(time), max(time) FROM staged GROUP BY environment_id ORDER BY ALL"
    for environment_id, rows, first_time, last_time in duck.run(summary):
        draft = scratch / f"{kind.value}-{environment_id}.parquet"
        query = f"SELECT {selected(kind)} FROM staged WHERE environment_id = {environment_id} ORDER BY {order(kind)}"
        duck.run(written(query, text(str(draft))))
        yield (
            draft,
            Written(
                environment_id=environment_id,
                kind=kind,
                path=path_of(environment_id, kind, last_time, f"block-{block}"),
                rows=rows,
                size=draft.stat().st_size,
                first_time=first_time,
                last_time=last_time,
                block=block,
            ),
        )
