"""A disk that is slow: what a transaction does to files may take longer than others may do nothing."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.warehouse.parquet.blocks import DAY, NOW, event, files, staged, stored

pytestmark = pytest.mark.django_db(transaction=True)

TOO_LONG = 0.3


class SlowDisk(Folder):
    """Each thing that is done to a file takes longer than the session may do nothing."""

    def settle(self, draft: Path, path: str) -> None:
        time.sleep(TOO_LONG)
        Folder.settle(self, draft, path)

    def has(self, path: str) -> bool:
        time.sleep(TOO_LONG)
        return Folder.has(self, path)

    def remove(self, path: str) -> None:
        time.sleep(TOO_LONG)
        Folder.remove(self, path)


@pytest.fixture
def slow(folder: Folder) -> ParquetWarehouse:
    return ParquetWarehouse(SlowDisk(folder.root), Limits(memory="200MB", threads=2, seconds=60))


@pytest.fixture
def session(environment: int) -> Iterator[int]:
    """The environment, and a session that is ended soon when it does nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '100ms'")
    yield environment
    connection.close()


def test_elsewhere_a_transaction_that_does_nothing_is_ended(session: int) -> None:
    with pytest.raises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        time.sleep(TOO_LONG)
        cursor.execute("SELECT 1")


def test_a_block_may_take_as_long_as_the_disk_takes(slow: ParquetWarehouse, tmp_path: Path, session: int) -> None:
    row = event(session)

    appended = slow.append(staged(tmp_path, [row]))
    with transaction.atomic():
        slow.publish(appended, now=NOW)

    assert stored(slow, session) == [row]
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("100ms",), "for other transactions it is as it was"


def test_what_is_swept_may_take_as_long(slow: ParquetWarehouse, folder: Folder, tmp_path: Path, session: int) -> None:
    for _ in range(2):
        slow.append(staged(tmp_path, [event(session)]))
    for path in files(folder):
        os.utime(folder.full(path), (NOW.timestamp(), NOW.timestamp()))

    slow.tidy(now=NOW + 2 * DAY)

    assert files(folder) == []
