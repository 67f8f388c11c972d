"""The warehouse of Parquet files behind the interface of all warehouses. Writes no event's row into PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from server.database.alone import alone
from server.warehouse.engine import StagedBlock
from server.warehouse.parquet.compaction import compact
from server.warehouse.parquet.duck import Limits, explained, opened_duck
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import TIDYING, Written, files_of, list_files
from server.warehouse.parquet.removal import forget_before, remove_replaced, sweep
from server.warehouse.parquet.session import ParquetSession
from server.warehouse.parquet.writing import write_block


@dataclass(frozen=True, slots=True)
class ParquetWarehouse:
    """Has no state of its own: make one wherever it is needed. Its folder is for one database alone."""

    folder: Folder
    limits: Limits

    @property
    def lag(self) -> timedelta:
        """None: all events come through our outbox."""
        return timedelta(0)

    def append(self, block: StagedBlock) -> Sequence[Written]:
        """One file of each environment and table; none counts yet."""
        return write_block(self.folder, self.limits, block)

    def publish(self, appended: Sequence[Any], *, now: datetime) -> None:
        """List the files.

        Raises:
            WarehouseUnavailable: one is gone, more than a day after it was written; append the block again.
        """
        list_files(self.folder, appended, now=now)

    @contextmanager
    def session(
        self, environment_id: int, *, since: int | None = None, until: int | None = None
    ) -> Iterator[ParquetSession]:
        """Reads files that may have rows of this time, as of the moment of the call; for one thread.

        Raises:
            WarehouseUnavailable: also at any question, when it lacks a file, memory, disk or time.
        """
        files = files_of(environment_id, since, until)
        with opened_duck(self.folder, self.limits) as (duck, _):
            yield ParquetSession(duck, self.folder, environment_id, files)

    def tidy(self, *, now: datetime) -> None:
        """Merge small files, and remove what nobody reads; unless another worker is at it."""
        with alone(TIDYING) as sole, explained(self.folder, self.limits):
            if sole:
                compact(self.folder, self.limits, now=now)
                remove_replaced(self.folder, now=now)
                sweep(self.folder, now=now)

    def forget_before(self, time: int, *, now: datetime) -> None:
        """Whole files alone: an event goes when all others of its file are as old, so up to two months later."""
        forget_before(time, now=now)


def parquet_warehouse() -> ParquetWarehouse:
    """The one of the settings."""
    limits = Limits(
        memory=settings.WAREHOUSE_MEMORY, threads=settings.WAREHOUSE_THREADS, seconds=settings.WAREHOUSE_TIMEOUT
    )
    return ParquetWarehouse(Folder(Path(settings.WAREHOUSE_FOLDER)), limits)
