"""The folder of the Parquet files: what is written there is whole and durable, or not there. Reads no file's content.

    3/events/2026-01/block-17.parquet     environment, table, month of its latest event
    scratch/…                             what is being written, and what DuckDB puts aside

A name says nothing about whether a file counts: the manifest does.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCRATCH = "scratch"
OURS = re.compile(r"\d+/(?:events|exposures)/\d{4}-\d{2}/[a-z]+-\w+\.parquet")
OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths are relative to the root, as in the manifest, with slashes."""

    root: Path

    def full(self, path: str) -> Path:
        """Where a file is on this machine."""
        return self.root / path

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for as long as the block runs, on the same file system as everything else."""
        if not self.root.is_dir():
            _make(self.root.parent)
            self.root.mkdir(mode=OWNER_ONLY, exist_ok=True)
        _make(self.root / SCRATCH)
        place = self.root / SCRATCH / secrets.token_hex(8)
        place.mkdir()
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)  # what stays is swept away after a day

    def settle(self, draft: Path, path: str) -> None:
        """Give a draft its name, durably. A file that has the name is replaced."""
        _flush(draft)
        target = self.full(path)
        _make(target.parent)
        draft.replace(target)
        _flush(target.parent)

    def has(self, path: str) -> bool:
        """Whether the file is there."""
        return self.full(path).is_file()

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        self.full(path).unlink(missing_ok=True)

    def is_older(self, path: str, time: datetime) -> bool:
        """Whether the file is there, and was written before this time."""
        try:
            return self.full(path).stat().st_mtime < time.timestamp()
        except FileNotFoundError:
            return False

    def files(self) -> Iterator[str]:
        """The path of every file that a warehouse may have written, and of nothing else that somebody put there."""
        for file in self.root.glob("[0-9]*/*/*/*.parquet"):
            path = file.relative_to(self.root).as_posix()
            if OURS.fullmatch(path):
                yield path

    def sweep_scratch(self, before: datetime) -> None:
        """Remove what killed processes left behind."""
        for place in self.root.glob(f"{SCRATCH}/*"):
            if self.is_older(f"{SCRATCH}/{place.name}", before):
                shutil.rmtree(place, ignore_errors=True)


def _make(directory: Path) -> None:
    """Make a folder, and those above it, so that they survive a power cut."""
    if directory.is_dir():
        return
    _make(directory.parent)
    directory.mkdir(exist_ok=True)
    _flush(directory.parent)


def _flush(path: Path) -> None:
    """Have the disk hold what was written to a file, or into a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
