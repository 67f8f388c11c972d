"""How many SQL statements an edit of a flag takes: as many for two hundred of everything as for one."""

import pytest

from server.features.models import Feature, Segment
from server.features.options import MAX_OPTIONS
from server.versioning.change_sets import AllocationChange, FlagChangeSet, StateChange
from server.versioning.services.update_flag import update_flag
from tests.factories import NOW, World, options_by_key, points
from tests.versioning.flags import change, in_both_modes, live_version, override, removal, served, update
from tests.versioning.statements import statements

sizes = pytest.mark.parametrize("size", [1, 20, 200])


def a_feature(world: World, options: int) -> Feature:
    return world.feature(options=[f"o{n}" for n in range(min(options, MAX_OPTIONS))])


def all_shares(feature: Feature, points_each: int) -> tuple[AllocationChange, ...]:
    share = points(points_each / 100)
    return tuple(AllocationChange(option.pk, share) for option in options_by_key(feature).values())


def some_segments(world: World, count: int) -> list[Segment]:
    """Segments past the service: what they are is not what is counted."""
    return Segment.objects.bulk_create(
        Segment(project=world.project, name=f"s{n}", created_at=NOW, updated_at=NOW) for n in range(count)
    )


@sizes
@in_both_modes
def test_a_change_of_everything(world: World, size: int) -> None:
    feature, segments = a_feature(world, size), some_segments(world, size)
    flag = update(world, feature)
    by_mode = {"V1": 19, "V2": 19}[world.environment.versioning]

    added = statements(
        lambda: update(
            world,
            feature,
            *(override(segment, "x", shares=all_shares(feature, 20)) for segment in segments),
            default=change("green", shares=all_shares(feature, 10)),
        )
    )
    changed = statements(
        lambda: update(
            world,
            feature,
            *(override(segment, "y", shares=all_shares(feature, 30)) for segment in segments),
            default=change("white", shares=all_shares(feature, 0)),
        )
    )
    removed = statements(lambda: update(world, feature, *(removal(segment) for segment in segments)))

    assert (added, changed, removed) == (by_mode, by_mode - 1, 12)
    assert served(flag) == {"default": (True, "white", {})}


@sizes
@in_both_modes
def test_a_change_of_the_default_beside_many_overrides_features_and_versions(world: World, size: int) -> None:
    feature, segments = a_feature(world, size), some_segments(world, size)
    update(world, feature, *(override(segment, "x", shares=all_shares(feature, 5)) for segment in segments))
    for n in range(min(size, 20)):
        world.feature()
        update(world, feature, default=change(f"{n}"))

    assert statements(lambda: update(world, feature, default=change("last"))) == 14
    assert live_version(world.flag(feature)).number in (1, 2 + min(size, 20) + 1)


@in_both_modes
def test_a_change_that_changes_nothing(world: World) -> None:
    feature = world.feature()
    nothing = FlagChangeSet(StateChange())

    def edit() -> None:
        update_flag(
            feature_id=feature.pk,
            environment_id=world.environment.pk,
            change_set=nothing,
            author=world.author,
            now=NOW,
        )

    assert statements(edit) == 7
