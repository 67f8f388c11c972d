"""Gives a test a database of its own in the ClickHouse of this process."""

from collections.abc import Iterator

import pytest

from server.warehouse.clickhouse.client import Connect
from server.warehouse.clickhouse.warehouse import ClickHouseWarehouse
from tests.warehouse.clickhouse import in_process


@pytest.fixture
def connect() -> Iterator[Connect]:
    with in_process.database() as connect:
        yield connect


@pytest.fixture
def warehouse(connect: Connect) -> ClickHouseWarehouse:
    return in_process.warehouse_of(connect)
