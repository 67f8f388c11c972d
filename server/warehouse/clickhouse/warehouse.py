"""Events in ClickHouse: a server of its own, or a cluster behind the same two names. Asks no question itself."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from server.warehouse.clickhouse.address import read_address
from server.warehouse.clickhouse.client import Connect, Limits, limits_of_settings, over_http, reading
from server.warehouse.clickhouse.inserts import insert_block
from server.warehouse.clickhouse.schema import quoted, tables
from server.warehouse.clickhouse.session import SCRATCH, ClickHouseSession
from server.warehouse.clickhouse.setup import stored_table
from server.warehouse.engine import StagedBlock
from server.warehouse.failures import unavailable
from server.warehouse.tables import NAMES, FileKind

SCRATCH_LASTS = timedelta(days=1)
TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})"


class ClickHouseWarehouse:
    """A client a task: none is shared by threads, and none outlives a server that was replaced."""

    def __init__(self, connect: Connect, *, name: str, limits: Limits, secrets: Sequence[str] = ()) -> None:
        self._connect, self._limits = connect, limits
        self._failures = partial(unavailable, name, secrets=tuple(secrets))
        self._tables_are_there = False

    @classmethod
    def from_url(cls, url: str) -> "ClickHouseWarehouse":
        """The warehouse at an address (see `server.warehouse.clickhouse.address`); connects when it is first used.

        Raises:
            ImproperlyConfigured: the address is none, or clickhouse-connect is not installed.
        """
        address, limits = read_address(url), limits_of_settings()
        return cls(over_http(address, limits), name=str(address), limits=limits, secrets=[address.password])

    @property
    def lag(self) -> timedelta:
        """None: all events come through our outbox."""
        return timedelta(0)

    def append(self, block: StagedBlock) -> Sequence[Any]:
        """Insert it; what was inserted before, wholly or in part, changes nothing."""
        with self._client({}) as client, self._failures():
            insert_block(client, block)
        return ()

    def publish(self, appended: Sequence[Any], *, now: datetime) -> None:
        """Nothing to do: a row counts when it is inserted."""

    @contextmanager
    def session(
        self, environment_id: int, *, since: int | None = None, until: int | None = None
    ) -> Iterator[ClickHouseSession]:
        with self._client(reading(self._limits)) as client:
            session = ClickHouseSession(
                client,
                failures=self._failures,
                environment_id=environment_id,
                since=since,
                until=until,
                opened=int(timezone.now().timestamp()),
            )
            try:
                yield session
            finally:
                session.end()

    def tidy(self, *, now: datetime) -> None:
        """Drop what sessions left behind that died more than a day ago; ClickHouse merges by itself."""
        expired = int((now - SCRATCH_LASTS).timestamp())
        with self._client({}) as client, self._failures():
            for (name,) in client.query(TABLES, parameters={"prefix": SCRATCH}).result_rows:
                if _opened_at(name) < expired:
                    client.command(f"DROP TABLE IF EXISTS {quoted(name)}")

    def forget_before(self, time: int, *, now: datetime) -> None:
        """Delete older rows, on every shard; returns when they are gone from all questions."""
        with self._client({"lightweight_deletes_sync": 2}) as client, self._failures():
            for kind in FileKind:
                client.command(f"DELETE FROM {stored_table(client, kind).name} WHERE time < {int(time)}")

    @contextmanager
    def _client(self, settings: dict[str, Any]) -> Iterator[Any]:
        with self._failures():
            client = self._connect(settings)
        with closing(client):
            with self._failures():
                self._make_tables(client)
            yield client

    def _make_tables(self, client: Any) -> None:
        """Once a process: those that lack. Of a cluster they are there, or should be: the command makes them."""
        if not self._tables_are_there:
            there = {name for (name,) in client.query(TABLES, parameters={"prefix": ""}).result_rows}
            if not there.issuperset(NAMES.values()):
                for statement in tables(keep_days=self._limits.keep_days):
                    client.command(statement)
            self._tables_are_there = True


def _opened_at(scratch: str) -> int:
    opened = scratch.removeprefix(SCRATCH).split("_")[0]
    return int(opened) if opened.isdigit() else 0
