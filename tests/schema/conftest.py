"""The worlds that the API is tested on, and their owner as its client. Holds no rules."""

import pytest

from server.projects.models import Versioning
from tests.factories import World, new_world
from tests.schema.api import Api


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> World:
    """An organisation with an environment: of mode V2 unless a test asks for the other."""
    return new_world(getattr(request, "param", Versioning.V2))


@pytest.fixture
def api(world: World) -> Api:
    """The owner of the world."""
    return Api(world.author)
