"""A warehouse of the test's own, and an experiment whose results are computed."""

from pathlib import Path

import pytest

from server.experimentation.models import Experiment
from server.projects.models import Versioning
from server.warehouse.engine import Warehouse
from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.factories import World, new_world, split_of


@pytest.fixture
def world(db: None) -> World:
    return new_world(Versioning.V2)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return ParquetWarehouse(Folder(tmp_path / "warehouse"), Limits(memory="300MB", threads=2, seconds=60))


@pytest.fixture
def experiment(world: World) -> Experiment:
    """Everyone takes part, and half of them meet blue; a draft."""
    feature = world.feature(key="colour")
    return world.experiment(feature, rollout=split_of(feature, {"blue": 50}, percentage=100), key="paint")
