"""What the product knows of a warehouse: one interface, whatever engine is behind it. Knows no experiment."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from server.warehouse.tables import FileKind

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class StagedBlock:
    """A block of the outbox, written out: for each kind that it has, a file of JSON lines with the table's columns."""

    id: int
    files: Mapping[FileKind, Path]


class WarehouseUnavailable(Exception):
    """The warehouse cannot be reached, or did not answer; the message is for whoever runs it."""


class ReadOnlyWarehouse(Exception):
    """The warehouse is somebody else's: fairsplit only reads it."""


class Session(Protocol):
    """Questions to one environment's events, all of one moment. Tables are Ibis expressions."""

    engine: str
    """Name and version, to be stored with what it computed."""

    inputs: Mapping[str, Any]
    """What is being read, as JSON: kept with what is computed from it."""

    def table(self, kind: FileKind) -> Any:
        """The exposures or the events of the environment."""

    def property(self, table: Any, name: str) -> Any:
        """A property of a row as a string expression; null where the row does not have it."""

    def keep(self, expression: Any, name: str) -> Any:
        """Compute a table once for this session, where the engine can, and give what stands for it."""

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """Compute a table, as rows of Python's own types."""

    def columns(self, expression: Any) -> "dict[str, np.ndarray[Any, Any]]":
        """Compute a large table of numbers, as one array a column; nulls of numbers are NaN."""


class Warehouse(Protocol):
    """Where events end up."""

    @property
    def lag(self) -> timedelta:
        """How long after it happened an event may still come in, by another way than through our outbox."""

    def append(self, block: StagedBlock) -> Sequence[Any]:
        """Take a block over, durably. May be called again for the same block, and changes nothing then.

        What it returns goes to `publish`.

        Raises:
            WarehouseUnavailable: nothing is known of the block; call again.
        """

    def publish(self, appended: Sequence[Any], *, now: datetime) -> None:
        """Make what was appended count, within the caller's transaction."""

    def session(
        self, environment_id: int, *, since: int | None = None, until: int | None = None
    ) -> AbstractContextManager[Session]:
        """Questions to one environment; with times (microseconds), of rows at or after ``since`` and before ``until``
        only as far as that is cheap: the questions themselves say exactly which rows they count.

        Raises:
            WarehouseUnavailable: it cannot be reached.
        """

    def tidy(self, *, now: datetime) -> None:
        """Whatever keeps it fast: compaction, and removal of what nobody reads any more."""

    def forget_before(self, time: int, *, now: datetime) -> None:
        """Remove events that happened before a time (microseconds)."""
