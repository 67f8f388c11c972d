"""The manifest: which Parquet files count, and which no longer do. Opens no file.

A file counts from the commit that lists it. Whoever lists a file holds a shared lock meanwhile, and
whoever removes files that are not listed holds the exclusive one: a file is never removed between
being looked at and being listed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.models import WarehouseFile
from server.warehouse.parquet.folder import Folder
from server.warehouse.tables import NAMES, FileKind
from server.warehouse.times import moment_of

READABLE = timedelta(days=1)
"""How long a file stays that no new session reads: longer than any session lasts."""
LISTING = 6_218_340_557_120_946_113  # any number, as long as nothing else locks it
TIDYING = "fairsplit tidies its files"

# Between its statements a transaction that holds the lock waits for the disk, which may be slow and the files many. To
# be ended for that would help nobody: all of it would be tried again, as slowly.
_UNHURRIED = "SELECT set_config('idle_in_transaction_session_timeout', '0', true), "


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is in its place, and not listed yet."""

    environment_id: int
    kind: FileKind
    path: str
    rows: int
    size: int
    first_time: int
    last_time: int
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that counts."""

    id: int
    environment_id: int
    kind: FileKind
    path: str
    rows: int
    size: int
    first_time: int
    last_time: int
    listed_at: datetime


COLUMNS = tuple(Listed.__dataclass_fields__)


def path_of(environment_id: int, kind: FileKind, last_time: int, called: str) -> str:
    """Where a file belongs: files that may be merged with one another stand in one place."""
    month = f"{moment_of(last_time):%Y-%m}"
    return f"{environment_id}/{NAMES[kind]}/{month}/{called}.parquet"


def files_of(environment_id: int, since: int | None, until: int | None) -> list[Listed]:
    """The files that may have an environment's events of this time, as of one moment.

    Exposures from before count too: those outside of their phase are told.
    """
    found = WarehouseFile.objects.filter(environment_id=environment_id, replaced_at__isnull=True)
    if since is not None:
        found = found.filter(Q(kind=FileKind.EXPOSURE) | Q(last_time__gte=since))
    if until is not None:
        found = found.filter(first_time__lt=until)
    return _listed(found.order_by("pk").values(*COLUMNS))


def files_below(rows: int, size: int) -> list[Listed]:
    """The small files of all environments, in the order in which they came."""
    found = WarehouseFile.objects.filter(replaced_at__isnull=True, rows__lt=rows, size__lt=size)
    return _listed(found.order_by("pk").values(*COLUMNS))


def known(paths: Sequence[str]) -> set[str]:
    """Those of these files that the manifest has, listed or replaced."""
    return set(WarehouseFile.objects.filter(path__in=paths).values_list("path", flat=True))


def keep_what_is_written() -> None:
    """Until the end of this transaction nobody removes a file for not being listed. It may take its time."""
    with connection.cursor() as cursor:
        cursor.execute(_UNHURRIED + "pg_advisory_xact_lock_shared(%s)", [LISTING])


def let_nobody_list() -> None:
    """Until the end of this transaction no file is listed. It may take its time."""
    with connection.cursor() as cursor:
        cursor.execute(_UNHURRIED + "pg_advisory_xact_lock(%s)", [LISTING])


@transaction.atomic(savepoint=False)
def list_files(folder: Folder, files: Sequence[Written], *, now: datetime) -> None:
    """List files within the caller's transaction.

    Raises:
        WarehouseUnavailable: one of them is not there any more; it has to be written again.
    """
    if not files:
        return
    keep_what_is_written()
    for file in files:
        if not folder.has(file.path):
            raise WarehouseUnavailable(f"the file {file.path} of the warehouse is gone before it was listed: write it")
    WarehouseFile.objects.bulk_create(
        WarehouseFile(
            environment_id=file.environment_id,
            kind=file.kind.value,
            path=file.path,
            rows=file.rows,
            size=file.size,
            first_time=file.first_time,
            last_time=file.last_time,
            block=file.block,
            listed_at=now,
        )
        for file in files
    )


def lock_listed(ids: Sequence[int]) -> list[int]:
    """Those of these files that are listed still; they are until the end of this transaction."""
    found = WarehouseFile.objects.select_for_update().filter(pk__in=ids, replaced_at__isnull=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def replace(ids: Sequence[int], *, now: datetime) -> None:
    """Have sessions that start from now on not read these."""
    WarehouseFile.objects.filter(pk__in=ids).update(replaced_at=now)


def _listed(rows: Iterable[dict[str, Any]]) -> list[Listed]:
    return [Listed(**row | {"kind": FileKind(row["kind"])}) for row in rows]
