"""What the benchmark sends is answered as it expects, and counted as it is."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from benchmarks import world as worlds
from benchmarks.operations import operations
from benchmarks.statements import statements_of
from benchmarks.world import Shop, World, fill


@pytest.fixture
def small_sizes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A world like the real one, with fewer of everything."""
    of_size = Shop.of_size
    monkeypatch.setattr(worlds, "LISTED", 101)
    monkeypatch.setattr(Shop, "of_size", lambda organisation, features: of_size(organisation, min(features, 101)))
    yield


@pytest.fixture
def world(transactional_db: None, small_sizes: None) -> World:
    return fill()


def test_every_operation_is_answered_right_within_the_statements_that_are_allowed(world: World) -> None:
    assert "127.0.0.1" in settings.ALLOWED_HOSTS
    for operation in operations(world):
        if operation.is_floor:
            continue
        holds = tuple(text.replace('"totalCount":1000', '"totalCount":101') for text in operation.holds)
        first, second = (operation.source.at_least(2) * 2)[:2]
        operation.source.sent(2)
        if operation.name.startswith("list of 10"):
            holds = tuple(text for text in holds if "hasNextPage" not in text) if "100" in operation.name else holds

        statements_of(first, key=world.key, holds=holds)
        found = statements_of(second, key=world.key, holds=holds)

        assert found.authentication <= 3, operation.name
        assert found.own <= (12 if operation.name.startswith("list") else 25), operation.name


def test_creations_are_each_on_another_free_feature(world: World) -> None:
    creations = next(o for o in operations(world) if not o.wraps).source

    bodies = creations.at_least(130)
    creations.sent(130)

    assert len(set(bodies)) == len(bodies) == 130
    assert not set(bodies) & set(creations.at_least(60))
