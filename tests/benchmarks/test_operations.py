"""What the benchmark sends is answered as it expects, and counted as it is."""

import pytest

from benchmarks.operations import Operation, operations
from benchmarks.statements import statements_of
from benchmarks.world import World, fill


@pytest.fixture
def world(transactional_db: None) -> World:
    """Like the real one, with fewer of everything."""
    return fill(small=3, large=5, experiments=12)


@pytest.fixture
def asked(world: World) -> list[Operation]:
    return [operation for operation in operations(world) if not operation.is_floor]


def test_every_operation_is_answered_right_within_the_statements_that_are_allowed(
    world: World, asked: list[Operation]
) -> None:
    for operation in asked:
        first, second = (operation.source.at_least(2) * 2)[:2]

        statements_of(first, key=world.key, holds=operation.holds)
        found = statements_of(second, key=world.key, holds=operation.holds)

        assert found.authentication == 1, operation.name
        assert found.own <= operation.most_statements, operation.name


def test_creations_are_each_on_another_free_feature(asked: list[Operation]) -> None:
    creations = next(operation for operation in asked if not operation.wraps).source

    bodies = creations.at_least(7)
    creations.sent(7)

    assert len(set(bodies)) == len(bodies) == 7
    assert not set(bodies) & set(creations.at_least(3))


def test_an_update_of_every_draft_differs_from_the_one_before(asked: list[Operation]) -> None:
    updates = next(operation for operation in asked if operation.name.startswith("`update")).source

    bodies = updates.at_least(9)

    assert len(set(bodies)) == 9
