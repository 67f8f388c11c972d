"""Bucket maps: every edit moves the fewest buckets from what units met, whatever way it comes."""

import pytest
from django.db import IntegrityError, transaction

from server.evaluation.buckets import Runs, count_moved, shares_of
from server.features.models import Feature, Segment
from server.features.options import NewOption
from server.projects.models import Versioning
from server.versioning.change_sets import AllocationChange
from server.versioning.maps import runs_of
from server.versioning.models import BucketMap, FlagState, FlagVersion
from server.versioning.services.create_feature import NewFeature, create_feature
from server.versioning.services.restore_flag_version import restore_flag_version
from server.versioning.services.update_environment import update_environment
from tests.factories import NOW, World, options_by_key, points, shares
from tests.versioning.flags import change, in_both_modes, live_version, override, removal, update

pytestmark = in_both_modes


@pytest.fixture
def feature(world: World) -> Feature:
    return world.feature(options=("blue", "red"))


def state(world: World, feature: Feature, segment: Segment | None = None) -> FlagState:
    """The state of the default, or of one override, as it is live."""
    live = live_version(world.flag(feature))
    return FlagState.objects.select_related("bucket_map__predecessor").get(
        placements__version=live, placements__segment=segment
    )


def dealt(world: World, feature: Feature, segment: Segment | None = None) -> BucketMap:
    """Its bucket map, which is there."""
    bucket_map = state(world, feature, segment).bucket_map
    assert bucket_map is not None
    return bucket_map


def deal(world: World, feature: Feature, **split: float) -> BucketMap:
    """Give the default these shares; the map that comes of it."""
    update(world, feature, default=change(shares=shares(feature, split)))
    return dealt(world, feature)


def least(before: Runs, after: Runs) -> int:
    """½·Σ|Δ| of the shares."""
    ours, theirs = shares_of(before), shares_of(after)
    return sum(abs(ours.get(arm, 0) - theirs.get(arm, 0)) for arm in {*ours, *theirs}) // 2


def assert_moves_least(before: BucketMap, after: BucketMap, expected: int) -> None:
    """That the one follows the other, and moves no bucket more than the shares make necessary."""
    moved = count_moved(runs_of(before), runs_of(after))
    assert (after.predecessor_id, after.lineage_id) == (before.pk, before.lineage_id)
    assert moved == after.moved == least(runs_of(before), runs_of(after)) == expected


def test_where_everything_is_controls_there_is_no_map(world: World, feature: Feature) -> None:
    assert state(world, feature).bucket_map is None

    update(world, feature, default=change("green"))

    assert (state(world, feature).bucket_map, BucketMap.objects.count()) == (None, 0)


def test_the_first_map_moves_from_control(world: World, feature: Feature) -> None:
    first = deal(world, feature, blue=30, red=20)

    options = options_by_key(feature)
    assert (first.predecessor, first.moved) == (None, 5000)
    assert shares_of(runs_of(first)) == {0: 5000, options["blue"].pk: 3000, options["red"].pk: 2000}


def test_an_edit_of_shares_makes_the_next_map_and_arms_that_did_not_shrink_keep_theirs(
    world: World, feature: Feature
) -> None:
    first = deal(world, feature, blue=30, red=20)
    second = deal(world, feature, blue=10)
    third = deal(world, feature, red=50)

    assert_moves_least(first, second, 2000)
    assert_moves_least(second, third, 3000)


def test_an_edit_of_anything_else_keeps_the_map(world: World, feature: Feature) -> None:
    first = deal(world, feature, blue=30)

    update(world, feature, override(world.segment(), "x"), default=change("green", enabled=False))

    assert (dealt(world, feature), BucketMap.objects.count()) == (first, 1)


def test_taking_all_shares_away_leaves_a_map_that_the_next_one_moves_from(world: World, feature: Feature) -> None:
    first = deal(world, feature, blue=30)
    none = deal(world, feature, blue=0)
    again = deal(world, feature, blue=30)

    assert_moves_least(first, none, 3000)
    assert_moves_least(none, again, 3000)
    assert runs_of(again) == runs_of(first)


def test_an_override_that_is_removed_and_added_again_moves_from_its_latest_map(world: World, feature: Feature) -> None:
    segment = world.segment()
    update(world, feature, override(segment, "x", shares=shares(feature, {"blue": 30, "red": 30})))
    update(world, feature, override(segment, "x", shares=shares(feature, {"red": 50})))
    before = dealt(world, feature, segment)

    update(world, feature, removal(segment))
    update(world, feature, override(segment, "y", shares=shares(feature, {"blue": 20, "red": 50})))

    assert_moves_least(before, dealt(world, feature, segment), 1000)


def test_the_same_shares_again_have_the_same_map(world: World, feature: Feature) -> None:
    segment, split = world.segment(), shares(feature, {"blue": 30})
    update(world, feature, override(segment, "x", shares=split))
    before = dealt(world, feature, segment)

    update(world, feature, removal(segment))
    update(world, feature, override(segment, "y", shares=split))

    assert (dealt(world, feature, segment), BucketMap.objects.count()) == (before, 1)


def test_an_override_added_again_without_shares_is_all_controls_by_a_map(world: World, feature: Feature) -> None:
    segment = world.segment()
    update(world, feature, override(segment, "x", shares=shares(feature, {"blue": 30})))
    before = dealt(world, feature, segment)

    update(world, feature, removal(segment))
    update(world, feature, override(segment, "x"))

    assert_moves_least(before, dealt(world, feature, segment), 3000)


def test_two_lineages_have_salts_and_maps_of_their_own(world: World, feature: Feature) -> None:
    segment, split = world.segment(), shares(feature, {"blue": 30})
    update(world, feature, override(segment, "x", shares=split), default=change(shares=split))

    default, own = dealt(world, feature), dealt(world, feature, segment)
    assert runs_of(default) == runs_of(own)
    assert default.lineage.salt != own.lineage.salt


def test_a_switch_of_the_mode_there_and_back_keeps_every_map(world: World, feature: Feature) -> None:
    segment = world.segment()
    split = shares(feature, {"blue": 30})
    update(world, feature, override(segment, "x", shares=split), default=change(shares=split))
    before, count = (dealt(world, feature), dealt(world, feature, segment)), BucketMap.objects.count()
    (other,) = set(Versioning) - {world.environment.versioning}

    for mode in (other, world.environment.versioning):
        update_environment(environment_id=world.environment.pk, versioning=mode, author=world.author, now=NOW)
        assert (dealt(world, feature), dealt(world, feature, segment)) == before

    assert BucketMap.objects.count() == count
    assert_moves_least(before[0], deal(world, feature, blue=40), 1000)


def test_a_restored_version_moves_least_from_what_units_met_last(world: World, feature: Feature) -> None:
    world = world.with_environment(Versioning.V2, "with versions")
    segment = world.segment()
    first = deal(world, feature, blue=30, red=30)
    update(world, feature, override(segment, "x", shares=shares(feature, {"blue": 80})))
    then = live_version(world.flag(feature))
    deal(world, feature, blue=0)
    update(world, feature, override(segment, "x", shares=shares(feature, {"blue": 10, "red": 10})))
    last, own = deal(world, feature, red=60), dealt(world, feature, segment)
    update(world, feature, removal(segment))

    restore_flag_version(version_id=then.pk, author=world.author, now=NOW)

    assert_moves_least(last, dealt(world, feature), 3000)
    assert_moves_least(own, dealt(world, feature, segment), 7000)
    assert shares_of(runs_of(dealt(world, feature))) == shares_of(runs_of(first))


def test_a_restored_version_with_the_shares_of_now_keeps_the_map(world: World, feature: Feature) -> None:
    world = world.with_environment(Versioning.V2, "with versions")
    deal(world, feature, blue=30)
    then = live_version(world.flag(feature))
    update(world, feature, default=change("green"))
    last = dealt(world, feature)

    restore_flag_version(version_id=then.pk, author=world.author, now=NOW)

    assert dealt(world, feature) == last
    assert FlagVersion.objects.filter(flag=world.flag(feature)).count() == 4


def test_options_that_are_dealt_from_the_start_have_their_map(world: World) -> None:
    options = [NewOption("blue", "b", points(25)), NewOption("red", "r", points(5))]
    request = NewFeature(project_id=world.project.pk, key="dealt", value_type="STRING", value="x", options=options)
    feature = create_feature(request=request, author=world.author, now=NOW)

    first = dealt(world, feature)
    by_key = options_by_key(feature)
    assert (first.predecessor, first.moved) == (None, 3000)
    assert shares_of(runs_of(first)) == {0: 7000, by_key["blue"].pk: 2500, by_key["red"].pk: 500}


def test_an_option_that_goes_leaves_its_buckets_to_control(world: World, feature: Feature) -> None:
    first = deal(world, feature, blue=30, red=30)
    red = options_by_key(feature)["red"]

    update(world, feature, default=change(shares=(AllocationChange(red.pk, points(0)),)))

    second = dealt(world, feature)
    assert_moves_least(first, second, 3000)
    assert red.pk not in shares_of(runs_of(second))


def test_the_database_keeps_every_map(world: World, feature: Feature) -> None:
    deal(world, feature, blue=30)

    for write in (lambda: BucketMap.objects.update(moved=1), lambda: BucketMap.objects.all()._raw_delete("default")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
