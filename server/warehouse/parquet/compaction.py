"""Makes few large Parquet files of many small ones. Neither loses nor doubles a row, wherever it is cut short.

The large file counts, and the small ones stop counting, in one commit. Sessions that read the small
ones go on: those stay for a day.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path, PurePosixPath

from django.db import transaction

from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.parquet.duck import Limits, explained, listed, opened_duck, text
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import Listed, Written, files_below, list_files, lock_listed, replace
from server.warehouse.parquet.rows import order, selected, written

logger = logging.getLogger("fairsplit.warehouse")

MOST_PILES = 500
"""In one go: it must end long before the files that it replaces are removed."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large files are to become, and how many of like size are worth merging."""

    rows: int = 1_000_000
    size: int = 128 * 1024 * 1024
    fewest: int = 8
    most: int = 1_000

    def share(self, file: Listed) -> float:
        """How much of a large file this one is."""
        return max(file.rows / self.rows, file.size / self.size)

    def tier(self, file: Listed) -> int:
        """Files of one tier are merged: a row is written again only when its file grows eightfold, or nearly."""
        return next(tier for tier, least in enumerate((1 / 2, 1 / 8, 1 / 64, 0)) if self.share(file) >= least)


def piles(files: Iterable[Listed], sizes: Sizes) -> Iterator[list[Listed]]:
    """What is worth merging: files of one environment, table and month that are small, in the order they came."""

    def place(file: Listed) -> tuple[str, int]:
        return str(PurePosixPath(file.path).parent), sizes.tier(file)

    for (_, tier), found in groupby(sorted(files, key=lambda file: (place(file), file.id)), key=place):
        alike = list(found)
        if tier > 0 and len(alike) >= sizes.fewest:
            yield from (pile for pile in _packed(alike, sizes) if len(pile) > 1)


def _packed(files: Sequence[Listed], sizes: Sizes) -> Iterator[list[Listed]]:
    pile: list[Listed] = []
    for file in files:
        if pile and (len(pile) == sizes.most or sum(map(sizes.share, [*pile, file])) > 1):
            yield pile
            pile = []
        pile.append(file)
    if pile:
        yield pile


def compact(folder: Folder, limits: Limits, *, now: datetime, sizes: Sizes | None = None) -> None:
    """Merge what is worth it; a file that cannot be read holds up its own pile, and no other."""
    sizes = sizes or Sizes()
    small = files_below(sizes.rows // 2, sizes.size // 2)
    for number, pile in enumerate(piles(small, sizes)):
        if number == MOST_PILES:
            return
        try:
            merge(folder, limits, pile, now=now)
        except WarehouseUnavailable as problem:
            logger.error("files of %s are not merged: %s", PurePosixPath(pile[0].path).parent, problem)


def merge(folder: Folder, limits: Limits, pile: Sequence[Listed], *, now: datetime) -> None:
    """Make one file of several, and let it count instead of them, unless somebody else has replaced one by now.

    Raises:
        WarehouseUnavailable: one cannot be read, or has other rows than it had; nothing is changed.
    """
    first, ids = pile[0], [file.id for file in pile]
    path = str(PurePosixPath(first.path).parent / f"merged-{secrets.token_hex(8)}.parquet")
    with explained(folder, limits), opened_duck(folder, limits) as (duck, scratch):
        draft = scratch / "merged.parquet"
        files = listed([folder.full(file.path) for file in pile])
        query = f"SELECT {selected(first.kind)} FROM read_parquet({files}) ORDER BY {order(first.kind)}"
        [(rows,)] = duck.run(written(query, text(str(draft))))
        if rows != sum(file.rows for file in pile):
            raise WarehouseUnavailable(f"{rows} rows are read where the manifest has {sum(f.rows for f in pile)}")
        merged = _merged(pile, path, rows, draft)
        folder.settle(draft, path)
    with transaction.atomic():
        if lock_listed(ids) == sorted(ids):
            list_files(folder, [merged], now=now)
            replace(ids, now=now)
            return
    folder.remove(path)


def _merged(pile: Sequence[Listed], path: str, rows: int, draft: Path) -> Written:
    return Written(
        environment_id=pile[0].environment_id,
        kind=pile[0].kind,
        path=path,
        rows=rows,
        size=draft.stat().st_size,
        first_time=min(file.first_time for file in pile),
        last_time=max(file.last_time for file in pile),
    )
