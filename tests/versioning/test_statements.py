"""How many SQL statements an edit of a flag takes: as many for two hundred of everything as for one."""

import pytest

from server.features.models import Feature, Segment
from server.features.options import MAX_OPTIONS
from server.projects.models import Versioning
from server.versioning.change_sets import AllocationChange
from tests.factories import NOW, World, options_by_key, points
from tests.versioning.flags import change, in_both_modes, live_version, override, removal, served, update
from tests.versioning.statements import statements

pytestmark = [in_both_modes, pytest.mark.parametrize("size", [1, 20, 200])]


def a_feature(world: World, options: int) -> Feature:
    return world.feature(options=[f"o{n}" for n in range(min(options, MAX_OPTIONS))])


def shares_of_each(feature: Feature, percent: float) -> tuple[AllocationChange, ...]:
    return tuple(AllocationChange(option.pk, points(percent)) for option in options_by_key(feature).values())


def some_segments(world: World, count: int) -> list[Segment]:
    """Segments past the service: what they are is not what is counted."""
    return Segment.objects.bulk_create(
        Segment(project=world.project, name=f"s{n}", created_at=NOW, updated_at=NOW) for n in range(count)
    )


def test_a_change_of_everything(world: World, size: int) -> None:
    feature, segments = a_feature(world, size), some_segments(world, size)
    flag = world.flag(feature)
    some, more, none = (shares_of_each(feature, percent) for percent in (0.2, 0.3, 0))
    additions = [override(segment, "x", shares=some[:2]) for segment in segments]
    changes = [override(segment, "y", shares=more[:2]) for segment in segments]
    removals = [removal(segment) for segment in segments]

    added = statements(lambda: update(world, feature, *additions, default=change("green", shares=some)))
    changed = statements(lambda: update(world, feature, *changes, default=change("white", shares=none)))
    removed = statements(lambda: update(world, feature, *removals))

    # An override that is there needs no look at its segment; one that goes, no new state. Shares that
    # move take a map; an override that is new is asked whether its lineage had one.
    in_place = int(world.environment.versioning == Versioning.V1)
    assert (added, changed, removed) == (19 + in_place - 1, 17 + in_place - 2, 12 + in_place)
    assert served(flag) == {"default": (True, "white", {})}


def test_a_change_of_the_default_beside_many_overrides_features_and_versions(world: World, size: int) -> None:
    feature, segments = a_feature(world, size), some_segments(world, size)
    some = shares_of_each(feature, 0.5)[:2]
    update(world, feature, *(override(segment, "x", shares=some) for segment in segments))
    for n in range(min(size, 20)):
        world.feature(options=())
        update(world, feature, default=change(f"{n}"))

    taken = statements(lambda: update(world, feature, default=change("last", shares=some)))

    assert taken == 15 + int(world.environment.versioning == Versioning.V1)
    in_v1 = world.environment.versioning == "V1"
    assert live_version(world.flag(feature)).number == (1 if in_v1 else min(size, 20) + 3)


def test_a_change_that_changes_nothing(world: World, size: int) -> None:
    feature, segments = a_feature(world, size), some_segments(world, size)
    update(world, feature, *(override(segment, "x") for segment in segments))
    same = [override(segment, "x", enabled=True) for segment in segments]

    assert statements(lambda: update(world, feature, *same, default=change("grey"))) == 7
