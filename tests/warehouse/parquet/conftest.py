"""A warehouse of Parquet files of the test's own, and an environment to have events in."""

from pathlib import Path

import pytest

from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.factories import World, new_world


@pytest.fixture
def world(db: None) -> World:
    return new_world()


@pytest.fixture
def environment(world: World) -> int:
    return int(world.environment.pk)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "warehouse")


@pytest.fixture
def warehouse(folder: Folder) -> ParquetWarehouse:
    return ParquetWarehouse(folder, Limits(memory="200MB", threads=2, seconds=60))
