"""Rows in hand: read without a statement as they are, and from the database when narrowed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from server.versioning.in_hand import remember
from server.versioning.models import Allocation, FlagState
from tests.factories import World, new_world


@pytest.fixture
def state(db: None) -> FlagState:
    """A state with two allocations, which is told of one of them, beside the state of another feature."""
    world: World = new_world()
    for key in ("colour", "size"):
        feature = world.feature(key=key)
        state = FlagState.objects.get(lineage__flag__feature=feature)
        Allocation.objects.bulk_create(Allocation(state=state, option=o, share=10) for o in feature.options.all())
    remember(state, "allocations", [state.allocations.all()[0]])
    return state


def test_what_is_remembered_is_not_read_again(state: FlagState) -> None:
    with CaptureQueriesContext(connection) as captured:
        known = list(state.allocations.all())

    assert (len(known), len(captured)) == (1, 0)


def test_whoever_narrows_or_orders_asks_the_database_for_the_rows_of_this_one(state: FlagState) -> None:
    rows = Allocation.objects.filter(state=state)

    assert list(state.allocations.order_by("-pk")) == list(rows.order_by("-pk"))
    assert [a.option.key for a in state.allocations.filter(option__key="red")] == ["red"]
    assert state.allocations.exclude(share=10).count() == 0
