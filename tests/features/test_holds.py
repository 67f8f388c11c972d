"""Holds as rows: placed once, released by their holder, and named after it."""

import pytest
from django.db import IntegrityError, transaction

from server.errors import Reference
from server.features.holds import (
    LockedByExperiment,
    holds_of_flag,
    place_holds,
    refuse_if_feature_held,
    refuse_if_rules_held,
    release_holds,
    rename_holder,
)
from server.features.models import Forbids, Hold
from tests.factories import World
from tests.features.holds import HOLDER, hold
from tests.rows import unchanged

OTHER = Reference("Experiment", 8, "Search")


def test_a_hold_that_is_there_already_stays_once(world: World) -> None:
    feature, segment = world.feature(), world.segment()
    placed = [
        hold(feature, world.environment, Forbids.FEATURE),
        hold(feature, world.environment, Forbids.AHEAD, segment),
    ]
    for row in placed:
        row.pk = None

    with unchanged():
        place_holds(placed)

    assert len(holds_of_flag(feature_id=feature.pk, environment_id=world.environment.pk)) == 2


def test_a_holder_releases_its_own_all_of_them_or_some(world: World) -> None:
    feature, segment = world.feature(), world.segment()
    for forbids in (Forbids.OVERRIDE, Forbids.AHEAD, Forbids.RULES):
        hold(feature, world.environment, forbids, segment)
    theirs = hold(world.feature(), world.environment, Forbids.AHEAD, segment, holder=OTHER)

    release_holds(HOLDER, forbids=[Forbids.AHEAD, Forbids.RULES])
    left = set(Hold.objects.values_list("holder_id", "forbids"))
    release_holds(HOLDER)

    assert left == {(7, Forbids.OVERRIDE), (8, Forbids.AHEAD)}
    assert list(Hold.objects.all()) == [theirs]


def test_releasing_nothing_releases_nothing(world: World) -> None:
    hold(world.feature(), world.environment, Forbids.FEATURE)

    with unchanged():
        release_holds(HOLDER, forbids=[])


def test_a_refusal_names_the_holder_by_its_new_name(world: World) -> None:
    feature = world.feature()
    hold(feature, world.environment, Forbids.FEATURE)

    rename_holder(HOLDER, name="Basket")

    with pytest.raises(LockedByExperiment, match="“Basket”") as refused:
        refuse_if_feature_held(feature.pk)
    assert refused.value.holder == Reference("Experiment", 7, "Basket")


def test_only_a_hold_of_the_kind_refuses(world: World) -> None:
    feature, segment, other = world.feature(), world.segment(), world.segment()
    for forbids in (Forbids.OVERRIDE, Forbids.AHEAD):
        hold(feature, world.environment, forbids, segment)
    hold(feature, world.environment, Forbids.RULES, other)

    refuse_if_feature_held(feature.pk)
    refuse_if_rules_held(segment.pk)
    with pytest.raises(LockedByExperiment):
        refuse_if_rules_held(other.pk)


@pytest.mark.parametrize("forbids", [Forbids.OVERRIDE, Forbids.AHEAD, Forbids.RULES])
def test_a_hold_on_a_segment_names_it(world: World, forbids: Forbids) -> None:
    feature = world.feature()

    with unchanged(), pytest.raises(IntegrityError, match="hold_names_its_segment"), transaction.atomic():
        hold(feature, world.environment, forbids)
