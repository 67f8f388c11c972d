"""The world that tests of versioning happen in; of mode V2 unless a test asks for the other, or for both."""

import pytest

from server.projects.models import Versioning
from tests.factories import World, new_world


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> World:
    return new_world(getattr(request, "param", Versioning.V2))
