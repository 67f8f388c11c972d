"""The world that tests of projects happen in."""

import pytest

from tests.factories import World, new_world


@pytest.fixture
def world(db: None) -> World:
    return new_world()
