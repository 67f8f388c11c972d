"""A customer's own warehouse, through a mapping of its tables. Writes nothing, whatever it is asked."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from django.conf import settings

from server.warehouse.engine import ReadOnlyWarehouse, StagedBlock
from server.warehouse.failures import unavailable
from server.warehouse.sources.connections import NAMES, read_source
from server.warehouse.sources.mapped import MappedTables
from server.warehouse.sources.mapping import MappedTable, read_mapping
from server.warehouse.sources.session import SourceSession
from server.warehouse.sql import Dialect
from server.warehouse.tables import FileKind


class SourceWarehouse:
    """A connection a session."""

    def __init__(
        self,
        dialect: Dialect,
        mapping: Mapping[FileKind, MappedTable],
        connect: Callable[[], Any],
        *,
        lag: timedelta = timedelta(0),
        secrets: Sequence[str] = (),
    ) -> None:
        self._name = NAMES.get(dialect, dialect.value)
        self._connect, self._lag = connect, lag
        self._tables = MappedTables(mapping, dialect)
        self._failures = partial(unavailable, self._name, secrets=tuple(secrets))
        self._inputs = {"mapping": _digest(mapping), "tables": [".".join(it.table) for it in mapping.values()]}

    @classmethod
    def from_settings(cls, url: str, mapping_path: str) -> "SourceWarehouse":
        """The source at an address (see `server.warehouse.sources.connections`), read by a mapping file.

        Raises:
            ImproperlyConfigured: the address or the mapping is none, or the vendor's driver is not installed.
        """
        mapping = read_mapping(mapping_path)
        source = read_source(url, seconds=settings.WAREHOUSE_TIMEOUT)
        return cls(source.dialect, mapping.tables, source.connect, lag=mapping.lag, secrets=source.secrets)

    @property
    def lag(self) -> timedelta:
        """As the mapping says."""
        return self._lag

    def append(self, block: StagedBlock) -> Sequence[Any]:
        self._read_only()

    def publish(self, appended: Sequence[Any], *, now: datetime) -> None:
        self._read_only()

    @contextmanager
    def session(
        self, environment_id: int, *, since: int | None = None, until: int | None = None
    ) -> Iterator[SourceSession]:
        with self._failures():
            connection = self._connect()
        with closing(connection):
            yield SourceSession(
                connection,
                self._tables,
                engine=self._name,
                inputs=self._inputs,
                failures=self._failures,
                environment_id=environment_id,
                since=since,
                until=until,
            )

    def tidy(self, *, now: datetime) -> None:
        """Nothing to do: whose it is keeps it tidy."""

    def forget_before(self, time: int, *, now: datetime) -> None:
        self._read_only()

    def _read_only(self) -> NoReturn:
        raise ReadOnlyWarehouse(f"{self._name} is only read: its own pipelines write to it")


def _digest(mapping: Mapping[FileKind, MappedTable]) -> str:
    """By which a result tells which mapping it was computed with."""
    document = json.dumps({kind.value: asdict(it) for kind, it in mapping.items()}, sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:16]
