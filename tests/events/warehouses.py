"""Warehouses that tests move events into: the real one of files, and one that fails when it is told to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from server.events.models import Block, Intake, OutboxBatch
from server.warehouse.engine import StagedBlock
from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from server.warehouse.tables import FileKind


def files_in(folder: Path) -> ParquetWarehouse:
    """The warehouse that there is by default, in a folder of the test's own."""
    return ParquetWarehouse(Folder(folder), Limits("256MB", threads=1))


def rows_in(warehouse: Any, environment_id: int) -> list[dict[str, Any]]:
    """Every event of an environment, as the warehouse has it, in the order of the ids."""
    with warehouse.session(environment_id) as session:
        found = [row for kind in FileKind for row in session.rows(session.table(kind))]
    return sorted(found, key=lambda row: str(row["event_id"]))


def ids_in(warehouse: Any, environment_id: int) -> Counter[str]:
    """How often the warehouse has each event."""
    return Counter(row["event_id"] for row in rows_in(warehouse, environment_id))


def intake_of(environment_id: int) -> tuple[int, int]:
    """How many events were stored, and how many were duplicates."""
    days = Intake.objects.filter(environment_id=environment_id).values_list("stored", "duplicates")
    return sum(stored for stored, _ in days), sum(duplicates for _, duplicates in days)


def nothing_waits() -> bool:
    return not OutboxBatch.objects.exists() and not Block.objects.filter(done_at=None).exists()


def as_it_is() -> None:
    """What happens around a call of the warehouse, where nothing is to happen."""


@dataclass
class Watched:
    """A warehouse, and what happens around its calls; it keeps the blocks that it was given, as text."""

    inner: Any
    before_append: Callable[[], object] = as_it_is
    after_append: Callable[[], object] = as_it_is
    before_publish: Callable[[], object] = as_it_is
    after_publish: Callable[[], object] = as_it_is
    given: list[tuple[int, dict[FileKind, bytes]]] = field(default_factory=list)

    def append(self, block: StagedBlock) -> Sequence[Any]:
        self.given.append((block.id, {kind: path.read_bytes() for kind, path in block.files.items()}))
        self.before_append()
        appended: Sequence[Any] = self.inner.append(block)
        self.after_append()
        return appended

    def publish(self, appended: Sequence[Any], *, now: datetime) -> None:
        self.before_publish()
        self.inner.publish(appended, now=now)
        self.after_publish()

    def session(self, environment_id: int, **times: int) -> Any:
        return self.inner.session(environment_id, **times)

    def tidy(self, *, now: datetime) -> None:
        self.inner.tidy(now=now)

    def forget_before(self, time: int, *, now: datetime) -> None:
        self.inner.forget_before(time, now=now)
