"""The worlds that experiments are tested in: one for each way of keeping the past. Holds no rules."""

import pytest

from server.features.models import Feature
from server.projects.models import Versioning
from tests.factories import World, new_world


@pytest.fixture(params=[Versioning.V1, Versioning.V2], ids=str)
def world(request: pytest.FixtureRequest, db: None) -> World:
    """An organisation with an environment, once in each mode."""
    return new_world(request.param)


@pytest.fixture
def v2(db: None) -> World:
    """A world whose environment keeps versions, for what does not depend on the mode."""
    return new_world(Versioning.V2)


@pytest.fixture
def feature(world: World) -> Feature:
    """A feature that serves grey, with the options blue and red."""
    return world.feature(key="colour")
