"""Writes a block's events to files, as a warehouse takes them, without those that were seen before. Decides nothing."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.events.lines import EXPOSURE_LINE
from server.events.models import Block, OutboxBatch
from server.warehouse.engine import StagedBlock
from server.warehouse.tables import FileKind
from server.warehouse.times import microseconds_of

PREFIX = "fairsplit-block-"
BATCHES_AT_ONCE = 50
SECONDS_UNTIL_HELD = 60
"""A folder that is older, and that nobody holds, belongs to nobody any more."""


@contextmanager
def staged(block: Block) -> Iterator[StagedBlock]:
    """The block's files, while the context lasts: the same each time, for as long as the block is not done."""
    _remove_what_the_killed_left()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, _held(Path(folder)):
        paths = {kind: Path(folder) / f"{kind.value.lower()}.ndjson" for kind in FileKind}
        with paths[FileKind.EXPOSURE].open("wb") as exposures, paths[FileKind.EVENT].open("wb") as events:
            for start, lines in _batches_of(block):
                for line in lines:
                    file = exposures if line.startswith(EXPOSURE_LINE) else events
                    file.write(b"%b%b\n" % (start, line[1:]))
        yield StagedBlock(block.pk, {kind: path for kind, path in paths.items() if path.stat().st_size})


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Show that the folder is in use: the kernel forgets it with the process."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)


def _remove_what_the_killed_left() -> None:
    """Whoever is killed again and again over one block would fill the disk with its files."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it has gone meanwhile, is held, or is somebody else's
            if time.time() - folder.stat().st_mtime > SECONDS_UNTIL_HELD:
                with _held(folder):
                    shutil.rmtree(folder)


def _batches_of(block: Block) -> Iterator[tuple[bytes, list[bytes]]]:
    """What all rows of a batch begin with, and the lines of those that count, in order."""
    batches = OutboxBatch.objects.filter(block=block).order_by("pk")
    columns = batches.values_list("pk", "environment_id", "received_at", "lines")
    for batch_id, environment_id, received_at, content in columns.iterator(chunk_size=BATCHES_AT_ONCE):
        start = b'{"environment_id":%d,"received_at":%d,' % (environment_id, microseconds_of(received_at))
        lines = bytes(content).split(b"\n")
        duplicates = frozenset(block.duplicates.get(str(batch_id), ()))
        yield start, [line for place, line in enumerate(lines) if place not in duplicates] if duplicates else lines
