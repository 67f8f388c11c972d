"""What an edit of a flag is refused for, in which order, and that nothing is written then."""

from dataclasses import replace
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import InvalidInput, NotFound
from server.projects.models import Versioning
from server.projects.services.create_project import create_project
from server.versioning.apply import MAX_OVERRIDES_IN_CHANGE
from server.versioning.change_sets import (
    After,
    AllocationChange,
    AtPriority,
    Before,
    SegmentOverrideChangeSet,
    StateChange,
)
from server.versioning.services.create_environment import create_environment
from tests.factories import NOW, World, new_author, new_world, points, shares
from tests.rows import unchanged
from tests.versioning.flags import change, in_both_modes, override, problems_of, removal, served, update

pytestmark = in_both_modes


def another_environment(world: World) -> int:
    return create_environment(
        project_id=world.project.pk, name="other", versioning=Versioning.V2, author=world.author, now=NOW
    ).pk


def test_every_problem_is_told_at_once_with_its_path(world: World) -> None:
    feature, others = world.feature(), world.feature()
    (foreign,) = shares(others, {"blue": 10})
    segment, unused = world.segment(), world.segment()
    blue, red = shares(feature, {"blue": 60, "red": 60})

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(
            world,
            feature,
            override(segment, None, shares=(blue, foreign, AllocationChange(0, points(1)), blue, blue)),
            override(segment),
            removal(unused),
            SegmentOverrideChangeSet(0, change("x")),
            override(unused, False, place=AtPriority(9)),
            default=change(1, shares=(blue, red)),
        )

    at = ("input", "overrides")
    assert problems_of(refused) == [
        (("input", "default", "value"), "WRONG_TYPE"),
        (("input", "default", "allocations"), "OVER_ALLOCATED"),
        ((*at, 0, "value"), "NULL"),
        ((*at, 0, "allocations", 1, "optionId"), "UNKNOWN_OPTION"),
        ((*at, 0, "allocations", 2, "optionId"), "UNKNOWN_OPTION"),
        ((*at, 0, "allocations", 3, "optionId"), "DUPLICATE_OPTION"),
        ((*at, 1, "segmentId"), "DUPLICATE_SEGMENT"),
        ((*at, 2, "segmentId"), "NO_OVERRIDE"),
        ((*at, 3, "segmentId"), "UNKNOWN_SEGMENT"),
        ((*at, 4, "segmentId"), "DUPLICATE_SEGMENT"),
    ]


def test_the_effective_total_is_what_counts_exactly_in_basis_points(world: World) -> None:
    feature, segment = world.feature(options=("blue", "red", "pink")), world.segment()
    thirds = shares(feature, {"blue": 33.33, "red": 33.33, "pink": 33.34})
    flag = update(world, feature, override(segment, shares=thirds), default=change(shares=thirds))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        more = shares(feature, {"blue": 33.34})
        update(world, feature, override(segment, shares=more), default=change(shares=more))

    assert problems_of(refused) == [
        (("input", "default", "allocations"), "OVER_ALLOCATED"),
        (("input", "overrides", 0, "allocations"), "OVER_ALLOCATED"),
    ]
    assert "100.01 %" in refused.value.problems[0].message
    update(world, feature, default=change(shares=shares(feature, {"blue": 33.34, "pink": 33.33})))
    assert served(flag)["default"] == (True, "grey", {"blue": 3334, "red": 3333, "pink": 3333})


@pytest.mark.parametrize(
    ("value_type", "value", "wrong", "code"),
    [
        ("BOOLEAN", True, 1, "WRONG_TYPE"),
        ("STRING", "a", "a\0", "BAD_TEXT"),
        ("INTEGER", 1, 1.0, "WRONG_TYPE"),
        ("FLOAT", 1.5, float("nan"), "OUT_OF_RANGE"),
        ("JSON", {}, None, "NULL"),
    ],
)
def test_a_value_fits_the_type(world: World, value_type: str, value: Any, wrong: Any, code: str) -> None:
    feature, segment = world.feature(value_type=value_type, value=value, options=()), world.segment()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, feature, override(segment, wrong), default=change(wrong))

    assert problems_of(refused) == [
        (("input", "default", "value"), code),
        (("input", "overrides", 0, "value"), code),
    ]


def test_a_place_is_one_that_there_is(world: World) -> None:
    feature, segments = world.feature(), [world.segment() for _ in range(5)]
    update(world, feature, override(segments[0]), override(segments[4]))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(
            world,
            feature,
            override(segments[0], place=AtPriority(0)),
            override(segments[1], place=AtPriority(4)),
            override(segments[2], place=Before(segments[2].pk)),
            override(segments[3], place=After(0)),
        )

    assert problems_of(refused) == [
        (("input", "overrides", 0, "place", "priority"), "OUT_OF_RANGE"),
        (("input", "overrides", 1, "place", "priority"), "OUT_OF_RANGE"),
        (("input", "overrides", 2, "place", "before"), "NO_OVERRIDE"),
        (("input", "overrides", 3, "place", "after"), "NO_OVERRIDE"),
    ]


def test_a_removal_takes_no_other_change(world: World) -> None:
    feature, segment, second = world.feature(), world.segment(), world.segment()
    update(world, feature, override(segment), override(second))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(
            world,
            feature,
            SegmentOverrideChangeSet(segment.pk, StateChange(value="x"), remove=True),
            SegmentOverrideChangeSet(second.pk, place=AtPriority(1), remove=True),
        )

    assert problems_of(refused) == [
        (("input", "overrides", 0, "remove"), "CONTRADICTION"),
        (("input", "overrides", 1, "remove"), "CONTRADICTION"),
    ]


def test_one_change_takes_a_thousand_overrides(world: World) -> None:
    feature = world.feature()
    many = (SegmentOverrideChangeSet(n) for n in range(-MAX_OVERRIDES_IN_CHANGE, 1))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, feature, *many)

    assert problems_of(refused) == [(("input", "overrides"), "TOO_MANY")]


def test_a_segment_is_an_ordinary_one_of_the_project(world: World) -> None:
    feature = world.feature()
    elsewhere = new_world().segment()
    experiment = world.experiment(world.feature())

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, feature, override(elsewhere), override(experiment.rollout.segment))

    assert problems_of(refused) == [
        (("input", "overrides", 0, "segmentId"), "UNKNOWN_SEGMENT"),
        (("input", "overrides", 1, "segmentId"), "UNKNOWN_SEGMENT"),
    ]


def test_a_removed_option_is_unknown(world: World) -> None:
    feature = world.feature()
    (blue,) = shares(feature, {"blue": 10})
    feature.options.filter(key="blue").update(removed_at=NOW)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, feature, default=change(shares=(blue,)))

    assert problems_of(refused) == [(("input", "default", "allocations", 0, "optionId"), "UNKNOWN_OPTION")]


def test_who_sees_neither_learns_nothing(world: World) -> None:
    feature = world.feature()
    stranger = new_author(new_world().organisation)

    with unchanged(), pytest.raises(NotFound, match=r"\(environmentId\)"):
        update(world, feature, default=change(1), author=stranger)


def test_a_feature_that_is_not_there_is_not_found(world: World) -> None:
    feature, elsewhere = world.feature(), new_world().feature()
    feature.pk = 0

    for missing in (feature, elsewhere):
        with unchanged(), pytest.raises(NotFound, match=r"no feature .*\(featureId\)"):
            update(world, missing, default=change("x"))


def test_a_viewer_may_not_and_learns_no_problems(world: World) -> None:
    feature = world.feature()
    viewer = new_author(world.organisation, Role.VIEWER)

    with unchanged(), pytest.raises(MissingRole):
        update(world, feature, default=change(1), expected=9, author=viewer)


def test_a_grant_in_one_environment_is_for_that_one(world: World) -> None:
    feature = world.feature()
    other = another_environment(world)
    editor, elsewhere, viewer = (
        new_author(world.organisation, role, project_id=world.project.pk, environment_id=environment)
        for role, environment in (
            (Role.EDITOR, world.environment.pk),
            (Role.EDITOR, other),
            (Role.VIEWER, world.environment.pk),
        )
    )

    assert served(update(world, feature, default=change("green"), author=editor))["default"][1] == "green"
    with unchanged(), pytest.raises(NotFound, match=r"\(environmentId\)"):
        update(world, feature, default=change("x"), author=elsewhere)
    with unchanged(), pytest.raises(MissingRole):
        update(world, feature, default=change("x"), author=viewer)


def test_a_feature_of_another_project_that_the_author_sees_is_told_apart(world: World) -> None:
    project = create_project(organisation_id=world.organisation.pk, name="Blog", author=world.author, now=NOW)
    feature = replace(world, project=project).feature()

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, feature, default=change("fine"))

    assert problems_of(refused) == [(("input", "featureId"), "WRONG_PROJECT")]
    viewer = new_author(world.organisation, Role.VIEWER)
    with unchanged(), pytest.raises(MissingRole):
        update(world, feature, default=change(1), author=viewer)


def test_a_feature_of_another_project_is_told_together_with_the_rest(world: World) -> None:
    other = world.with_project()
    feature, theirs = other.feature(), other.segment()
    (foreign,) = shares(world.feature(), {"blue": 1})
    ours, neighbour = world.segment(), other.segment()
    number = other.feature(value_type="INTEGER", value=1, options=())
    too_much = shares(feature, {"blue": 60, "red": 50})
    removed = SegmentOverrideChangeSet(theirs.pk, change("x"), remove=True)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(
            world,
            feature,
            override(ours, "x"),
            override(theirs, None, place=Before(ours.pk)),
            override(theirs, "x", place=AtPriority(3)),
            removed,
            default=change(1, shares=too_much),
        )
    with unchanged(), pytest.raises(InvalidInput) as of_options:
        update(world, feature, removed, override(neighbour, place=AtPriority(3)), default=change(shares=(foreign,)))

    with unchanged(), pytest.raises(InvalidInput) as too_large:
        update(world, number, default=change(2**60))

    assert problems_of(too_large)[1:] == [(("input", "default", "value"), "OUT_OF_RANGE")]
    assert problems_of(refused) == [
        (("input", "featureId"), "WRONG_PROJECT"),
        (("input", "default", "value"), "WRONG_TYPE"),
        (("input", "default", "allocations"), "OVER_ALLOCATED"),
        (("input", "overrides", 0, "segmentId"), "UNKNOWN_SEGMENT"),
        (("input", "overrides", 1, "value"), "NULL"),
        (("input", "overrides", 2, "segmentId"), "DUPLICATE_SEGMENT"),
        (("input", "overrides", 3, "segmentId"), "DUPLICATE_SEGMENT"),
    ]
    assert problems_of(of_options) == [
        (("input", "featureId"), "WRONG_PROJECT"),
        (("input", "default", "allocations", 0, "optionId"), "UNKNOWN_OPTION"),
        (("input", "overrides", 0, "remove"), "CONTRADICTION"),
    ]


def test_what_is_invalid_is_told_before_what_has_moved(world: World) -> None:
    feature = world.feature()

    with unchanged(), pytest.raises(InvalidInput):
        update(world, feature, default=change(1), expected=9)
