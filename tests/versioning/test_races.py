"""Two writers at the same moment, in real threads: neither loses anything, and nobody gets an error 500."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db.models import F

from server.errors import InvalidInput
from server.features.models import Feature, Option, Segment
from server.features.options import NewOption
from server.features.refusals import FeatureKeyTaken, OptionInUse, SegmentInUse
from server.features.services.update_segment import update_segment
from server.projects.models import Environment, Versioning
from server.projects.names import NameTaken
from server.versioning.feature_changes import FeatureChange
from server.versioning.locks import VersionMoved
from server.versioning.models import Allocation, Flag, FlagVersion, Placement
from server.versioning.services.create_environment import create_environment
from server.versioning.services.create_feature import NewFeature, create_feature
from server.versioning.services.delete_segment import delete_segment
from server.versioning.services.restore_flag_version import NotRestorable, restore_flag_version
from server.versioning.services.update_environment import update_environment
from server.versioning.services.update_feature import update_feature
from tests.factories import NOW, World, new_world, options_by_key, points, shares
from tests.races import race
from tests.versioning.flags import change, live_version, override, removal, served, update

pytestmark = pytest.mark.django_db(transaction=True)

in_both_modes = pytest.mark.parametrize("mode", list(Versioning))
ROUNDS = 20


def switch(world: World, mode: Versioning) -> Callable[[], Environment]:
    return lambda: update_environment(
        environment_id=world.environment.pk, versioning=mode, author=world.author, now=NOW
    )


def new_feature(world: World, key: str = "colour") -> Callable[[], Feature]:
    request = NewFeature(project_id=world.project.pk, key=key, value_type="STRING", value="grey")
    return lambda: create_feature(request=request, author=world.author, now=NOW)


def new_environment(world: World, name: str = "staging") -> Callable[[], Environment]:
    return lambda: create_environment(
        project_id=world.project.pk, name=name, versioning=Versioning.V2, author=world.author, now=NOW
    )


def feature_change(world: World, feature: Feature, asked: FeatureChange) -> Callable[[], Feature]:
    return lambda: update_feature(feature_id=feature.pk, change=asked, author=world.author, now=NOW)


def deletion(world: World, segment: Segment) -> Callable[[], Segment]:
    return lambda: delete_segment(segment_id=segment.pk, author=world.author, now=NOW)


@in_both_modes
def test_two_edits_of_a_flag_both_count(mode: Versioning) -> None:
    world = new_world(mode)
    feature, one, two = world.feature(), world.segment("one"), world.segment("two")
    flag = update(world, feature, override(one, "0"), override(two, "0"))

    for round in map(str, range(1, ROUNDS + 1)):
        first, second = race(
            partial(update, world, feature, override(one, round)),
            partial(update, world, feature, override(two, round), default=change(round)),
        )
        assert {first.version, second.version} == {int(round) * 2 + 1, int(round) * 2 + 2}
        assert served(flag) == {
            "one": (True, round, {}),
            "two": (True, round, {}),
            "default": (True, round, {}),
        }

    assert live_version(flag).number == (1 if mode == Versioning.V1 else 2 * ROUNDS + 2)
    assert Environment.objects.get(pk=world.environment.pk).revision == 2 * ROUNDS + 3


@in_both_modes
def test_of_two_edits_for_one_version_one_counts(mode: Versioning) -> None:
    world = new_world(mode)
    feature = world.feature()

    told = race(*(partial(update, world, feature, default=change(v), expected=1) for v in ("a", "b")))

    (moved,) = (answer for answer in told if isinstance(answer, VersionMoved))
    (flag,) = (answer for answer in told if isinstance(answer, Flag))
    assert (moved.actual, flag.version) == (2, 2)
    assert served(flag)["default"][1] == "ab"[told.index(flag)]


@in_both_modes
def test_an_edit_during_a_switch_of_the_mode_counts_and_nothing_sealed_changes(mode: Versioning) -> None:
    world = new_world(mode)
    feature, segment = world.feature(), world.segment("beta")
    flag = world.flag(feature)
    modes = [m for m in Versioning if m != mode] + [mode]

    for round in range(ROUNDS):
        sealed = Placement.objects.filter(version__sealed_at__isnull=False).order_by("pk")
        before = list(sealed.values())
        edited, switched = race(
            partial(update, world, feature, override(segment, str(round))),
            switch(world, modes[round % 2]),
        )
        assert (edited.version, switched.versioning) == (round + 2, modes[round % 2])
        assert served(flag) == {"beta": (True, str(round), {}), "default": (True, "grey", {})}
        assert (live_version(flag).sealed_at is None) == (modes[round % 2] == Versioning.V1)
        assert [row for row in sealed.values() if row in before] == before


def test_of_two_features_with_one_key_one_is_created() -> None:
    world = new_world()
    for round in range(5):
        told = race(new_feature(world, f"f{round}"), new_feature(world, f"f{round}"))

        assert {type(answer) for answer in told} == {Feature, FeatureKeyTaken}
        assert Flag.objects.filter(feature__key=f"f{round}").count() == 1


def test_of_two_environments_with_one_name_one_is_created() -> None:
    world = new_world()

    told = race(new_environment(world, "Staging"), new_environment(world, "staging"))

    assert {type(answer) for answer in told} == {Environment, NameTaken}


@in_both_modes
def test_an_override_is_added_or_its_segment_removed(mode: Versioning) -> None:
    world = new_world(mode)
    feature = world.feature()
    flag = world.flag(feature)

    for round in range(ROUNDS):
        segment = world.segment(f"s{round}")
        edited, removed = race(partial(update, world, feature, override(segment)), deletion(world, segment))
        if isinstance(removed, SegmentInUse):
            assert isinstance(edited, Flag)
        else:
            assert isinstance(edited, InvalidInput) and removed.removed_at == NOW
            assert [p.code for p in edited.problems] == ["UNKNOWN_SEGMENT"]
        assert (f"s{round}" in served(flag)) == isinstance(removed, SegmentInUse)


def test_a_version_is_restored_or_its_segment_removed() -> None:
    world = new_world()
    feature = world.feature()

    for round in range(ROUNDS):
        segment = world.segment(f"s{round}")
        flag = update(world, feature, override(segment))
        version = live_version(flag)
        update(world, feature, removal(segment))

        restored, removed = race(
            partial(restore_flag_version, version_id=version.pk, author=world.author, now=NOW),
            deletion(world, segment),
        )

        assert {type(restored), type(removed)} in ({Flag, SegmentInUse}, {NotRestorable, Segment})
        if isinstance(restored, Flag):
            update(world, feature, removal(segment))


def test_a_feature_has_a_flag_in_an_environment_that_was_created_at_the_same_moment() -> None:
    world = new_world()

    for round in range(ROUNDS):
        feature, environment = race(new_feature(world, f"f{round}"), new_environment(world, f"e{round}"))
        assert Flag.objects.filter(feature=feature, environment=environment).count() == 1
    flags, features, environments = Flag.objects.count(), Feature.objects.count(), Environment.objects.count()
    assert flags == features * environments == 20 * 21


def test_no_new_flag_deals_units_to_an_option_that_is_removed_at_the_same_moment() -> None:
    world = new_world()

    for round in range(ROUNDS):
        feature = world.feature(options=())
        feature_change(world, feature, FeatureChange(add_options=[NewOption("blue", "b", points(50))]))()
        blue = options_by_key(feature)["blue"]

        told = race(
            feature_change(world, feature, FeatureChange(remove_options=[blue.pk])),
            new_environment(world, f"e{round}"),
        )

        assert isinstance(told[0], Feature | OptionInUse) and isinstance(told[1], Environment)
        dealt = Allocation.objects.filter(
            option__removed_at__isnull=False,
            state__placements__version__flag__live_version=F("state__placements__version"),
        )
        assert not dealt.exists()


@in_both_modes
def test_an_option_is_dealt_or_removed(mode: Versioning) -> None:
    world = new_world(mode)

    for _ in range(ROUNDS):
        feature = world.feature()
        (split,) = shares(feature, {"blue": 50})
        edited, changed = race(
            partial(update, world, feature, default=change(shares=(split,))),
            feature_change(world, feature, FeatureChange(remove_options=[split.option_id])),
        )
        assert {type(edited), type(changed)} in ({Flag, OptionInUse}, {InvalidInput, Feature})
        dealt = Option.objects.get(pk=split.option_id).removed_at is None
        assert served(world.flag(feature))["default"][2] == ({"blue": 5000} if dealt else {})


def test_everything_at_once_ends_without_a_deadlock() -> None:
    world = new_world()
    features, segments = [world.feature() for _ in range(3)], [world.segment() for _ in range(3)]
    rules = {"type": "ANY", "conditions": [{"trait": "plan", "operator": "IS_SET"}]}

    for round in range(10):
        text = str(round)
        told = race(
            partial(update, world, features[0], *(override(s, text) for s in segments), default=change(text)),
            partial(update, world, features[1], *(override(s, text) for s in reversed(segments))),
            switch(world, list(Versioning)[round % 2]),
            new_feature(world, f"new{round}"),
            new_environment(world, f"new{round}"),
            feature_change(world, features[2], FeatureChange(description=text)),
            partial(
                update_segment,
                segment_id=segments[round % 3].pk,
                description=text,
                rules=rules,
                author=world.author,
                now=NOW,
            ),
        )
        assert [answer for answer in told if isinstance(answer, Exception)] == []

    assert FlagVersion.objects.filter(flag__live_version=F("pk")).count() == Flag.objects.count()
