"""What createExperiment refuses: every problem at once, with its path, and nothing written."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.roles import Role
from server.errors import InvalidInput, NotAllowed, NotFound, Reference
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment
from server.experimentation.refusals import ActiveExperimentExists, ExperimentKeyTaken
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.features.models import Feature
from server.projects.models import Versioning
from server.versioning.change_sets import AllocationChange, SegmentOverrideChangeSet
from tests.experimentation.acting import archive, bring_to, change_feature, change_flag, delete, pause, start
from tests.experimentation.reading import problems
from tests.factories import NOW, World, new_author, new_world, split_of
from tests.rows import unchanged

UNKNOWN = 999_999_999


@contextlib.contextmanager
def refused() -> Iterator[pytest.ExceptionInfo[InvalidInput]]:
    """Expects an InvalidInput, and that nothing is written."""
    with unchanged(), pytest.raises(InvalidInput) as refusal:
        yield refusal


def split(*parts: tuple[int, int]) -> RolloutRequest:
    """A rollout to half of the units, with these options' ids and basis points."""
    return RolloutRequest(BasisPoints(5000), tuple(AllocationChange(pk, BasisPoints(share)) for pk, share in parts))


def test_every_problem_is_told_at_once(world: World) -> None:
    plain, other = world.feature(options=()), world.feature()
    archive(world, plain)
    blue = other.options.get(key="blue")
    rollout = replace(split((blue.pk, 1), (UNKNOWN, 1)), control_value=1, priority=2)

    with refused() as refusal:
        world.experiment(plain, name=" ", key="a b", hypothesis="\0", rollout=rollout)

    assert problems(refusal) == [
        ("input.name", "BLANK"),
        ("input.hypothesis", "BAD_TEXT"),
        ("input.key", "BAD_KEY"),
        ("input.featureId", "NOT_MULTIVARIATE"),
        ("input.featureId", "ARCHIVED"),
        ("rollout.multivariateValues.0.optionId", "UNKNOWN_OPTION"),
        ("rollout.multivariateValues.1.optionId", "UNKNOWN_OPTION"),
        ("rollout.controlValue", "WRONG_TYPE"),
        ("rollout.priority", "OUT_OF_RANGE"),
    ]


def test_a_feature_of_another_project_is_told_together_with_the_rest(world: World) -> None:
    other = world.with_project()
    foreign = other.feature(options=())
    ours = world.feature().options.get(key="blue")
    archive(other, foreign)

    with refused() as refusal:
        world.experiment(foreign, name="", rollout=replace(split((ours.pk, 1)), control_value=None))

    assert problems(refusal) == [
        ("input.featureId", "WRONG_PROJECT"),
        ("input.name", "BLANK"),
        ("input.featureId", "NOT_MULTIVARIATE"),
        ("input.featureId", "ARCHIVED"),
        ("rollout.multivariateValues.0.optionId", "UNKNOWN_OPTION"),
        ("rollout.controlValue", "NULL"),
    ]


def test_a_feature_of_another_project_is_refused_also_when_all_else_is_right(world: World) -> None:
    foreign = world.with_project().feature()

    with refused() as refusal:
        world.experiment(foreign)

    assert problems(refusal) == [("input.featureId", "WRONG_PROJECT")]


def test_options_of_others_and_removed_ones_are_unknown(world: World, feature: Feature) -> None:
    gone = feature.options.get(key="red")
    change_feature(world, feature, remove_options=[gone.pk])
    own, sibling = feature.options.get(key="blue"), world.feature().options.get(key="blue")
    tenant = new_world().feature().options.get(key="blue")

    with refused() as refusal:
        world.experiment(
            feature,
            rollout=split((sibling.pk, 1), (own.pk, 1), (tenant.pk, 1), (gone.pk, 1), (UNKNOWN, 1), (-1, 0)),
        )

    assert problems(refusal) == [
        (f"rollout.multivariateValues.{index}.optionId", "UNKNOWN_OPTION") for index in (0, 2, 3, 4, 5)
    ]


def test_an_option_is_named_once(world: World, feature: Feature) -> None:
    blue, red = feature.options.all()

    with refused() as refusal:
        world.experiment(feature, rollout=split((blue.pk, 1), (red.pk, 1), (blue.pk, 0), (blue.pk, 1)))

    assert problems(refusal) == [("rollout.multivariateValues.2.optionId", "DUPLICATE_OPTION")]


def test_options_get_all_and_not_a_basis_point_more(world: World) -> None:
    feature = world.feature()
    blue, red = feature.options.all()

    with refused() as refusal:
        world.experiment(feature, rollout=split((blue.pk, 5000), (red.pk, 5001)))

    assert problems(refusal) == [("rollout.multivariateValues", "OVER_ALLOCATED")]
    world.experiment(feature, rollout=split((blue.pk, 5000), (red.pk, 5000)))


def test_more_parts_than_a_split_may_have_are_refused_at_once(world: World, feature: Feature) -> None:
    with refused() as refusal:
        world.experiment(feature, rollout=split(*[(UNKNOWN + at, 0) for at in range(1001)]))

    assert problems(refusal) == [("rollout.multivariateValues", "TOO_MANY")]


DEEP_NUL: Any = {"a": [{"b": "\0"}]}
DEEP_SURROGATE: Any = {"a": {"\ud800": 1}}


@pytest.mark.parametrize(
    ("value_type", "served", "control", "path", "code"),
    [
        ("BOOLEAN", True, 1, "", "WRONG_TYPE"),
        ("BOOLEAN", True, "true", "", "WRONG_TYPE"),
        ("STRING", "a", 1, "", "WRONG_TYPE"),
        ("STRING", "a", {"a": 1}, "", "WRONG_TYPE"),
        ("STRING", "a", "x" * 20_001, "", "TOO_LONG"),
        ("STRING", "a", "a\0b", "", "BAD_TEXT"),
        ("STRING", "a", "\udfff", "", "BAD_TEXT"),
        ("INTEGER", 1, 1.0, "", "WRONG_TYPE"),
        ("INTEGER", 1, True, "", "WRONG_TYPE"),
        ("INTEGER", 1, "1", "", "WRONG_TYPE"),
        ("INTEGER", 1, 2**53, "", "OUT_OF_RANGE"),
        ("FLOAT", 1.5, "1.5", "", "WRONG_TYPE"),
        ("FLOAT", 1.5, False, "", "WRONG_TYPE"),
        ("FLOAT", 1.5, float("nan"), "", "OUT_OF_RANGE"),
        ("FLOAT", 1.5, float("inf"), "", "OUT_OF_RANGE"),
        ("JSON", {}, float("-inf"), "", "OUT_OF_RANGE"),
        ("JSON", {}, DEEP_NUL, ".a.0.b", "BAD_TEXT"),
        ("JSON", {}, DEEP_SURROGATE, ".a", "BAD_TEXT"),
        ("JSON", {}, "x" * 65_535, "", "TOO_LONG"),
        ("BOOLEAN", True, None, "", "NULL"),
        ("STRING", "a", None, "", "NULL"),
        ("INTEGER", 1, None, "", "NULL"),
        ("FLOAT", 1.5, None, "", "NULL"),
        ("JSON", {}, None, "", "NULL"),
    ],
)
def test_a_control_value_fits_the_type(
    v2: World, value_type: str, served: Any, control: Any, path: str, code: str
) -> None:
    feature = v2.feature(value_type=value_type, value=served, options=())
    feature.options.create(key="other", value=served)

    with refused() as refusal:
        v2.experiment(feature, rollout=split_of(feature, {"other": 50}, control_value=control))

    assert problems(refusal) == [("rollout.controlValue" + path, code)]


@pytest.mark.parametrize("priority", [0, -1, 3, 2**70])
def test_a_priority_is_one_of_the_places_there_are(world: World, feature: Feature, priority: int) -> None:
    from_priority = split_of(feature, priority=priority)
    with refused() as refusal:
        world.experiment(feature, rollout=from_priority)

    assert problems(refusal) == [("rollout.priority", "OUT_OF_RANGE")]


@pytest.mark.parametrize(
    ("field", "value", "codes"),
    [
        ("name", "", ["BLANK"]),
        ("name", " \t\n ", ["BLANK"]),
        ("name", "x" * 201, ["TOO_LONG"]),
        ("name", "a\0", ["BAD_TEXT"]),
        ("name", "\ud800", ["BAD_TEXT"]),
        ("name", "\0" * 201, ["TOO_LONG", "BAD_TEXT"]),
        ("hypothesis", "x" * 5001, ["TOO_LONG"]),
        ("hypothesis", "a\0", ["BAD_TEXT"]),
        ("hypothesis", "\udc00", ["BAD_TEXT"]),
        ("key", "", ["BLANK"]),
        ("key", "x" * 151, ["TOO_LONG"]),
        ("key", "a\0", ["BAD_TEXT"]),
        ("key", "-a", ["BAD_KEY"]),
        ("key", "ключ", ["BAD_KEY"]),
        ("key", "a\n", ["BAD_KEY"]),
    ],
)
def test_texts_are_checked(v2: World, field: str, value: str, codes: list[str]) -> None:
    feature = v2.feature()

    with refused() as refusal:
        v2.experiment(feature, **{field: value})

    assert problems(refusal) == [(f"input.{field}", code) for code in codes]


def test_texts_at_their_limits_are_kept_whole(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, name="ü" * 200, hypothesis="😀" * 5000, key="k" * 150)

    experiment.refresh_from_db()
    assert (experiment.name, experiment.hypothesis) == ("ü" * 200, "😀" * 5000)
    assert experiment.key == "k" * 150


def test_the_longest_control_value_is_kept_whole(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, control_value="ü" * 20_000))

    assert Experiment.objects.get(pk=experiment.pk).rollout.state.value == "ü" * 20_000


def test_one_experiment_that_is_not_completed_per_flag(world: World, feature: Feature) -> None:
    first = world.experiment(feature, name="First")

    for go in (None, start, pause):
        if go is not None:
            go(world, first)
        with unchanged(), pytest.raises(ActiveExperimentExists) as refusal:
            world.experiment(feature, name="Second")
        assert refusal.value.code == "ACTIVE_EXPERIMENT_EXISTS"
        assert refusal.value.collides_with == Reference("Experiment", first.pk, "First")


def test_a_completed_experiment_makes_room_for_a_new_one(world: World, feature: Feature) -> None:
    first = world.experiment(feature, name="Colour")
    bring_to(world, first, "COMPLETED")

    second = world.experiment(feature, name="Colour")

    assert second.status == "DRAFT"
    assert second.key.startswith("colour-")
    assert second.gate_salt != first.gate_salt


def test_a_deleted_draft_makes_room_for_a_new_one(world: World, feature: Feature) -> None:
    first = world.experiment(feature, name="Colour")
    delete(world, first)

    assert world.experiment(feature, name="Colour").key == "colour"


def test_another_environment_has_its_own_experiment(world: World, feature: Feature) -> None:
    other = world.with_environment(Versioning.V1)
    one = world.experiment(feature, key="same")

    two = other.experiment(feature, key="same")

    assert one.flag != two.flag


def test_a_key_that_was_given_and_is_taken_is_refused(world: World, feature: Feature) -> None:
    world.experiment(key="taken")

    with unchanged(), pytest.raises(ExperimentKeyTaken) as refusal:
        world.experiment(feature, key="taken")

    assert (refusal.value.code, refusal.value.key) == ("KEY_TAKEN", "taken")


def test_a_key_that_is_taken_by_the_flags_own_past_is_refused(world: World, feature: Feature) -> None:
    first = world.experiment(feature, key="taken")
    bring_to(world, first, "COMPLETED")

    with unchanged(), pytest.raises(ExperimentKeyTaken):
        world.experiment(feature, key="taken")


@pytest.mark.parametrize("blind", ["environment", "feature", "another tenant's author", "no grants"])
def test_what_the_author_may_not_see_does_not_exist(world: World, feature: Feature, blind: str) -> None:
    author, environment_id, feature_id = world.author, world.environment.pk, feature.pk
    if blind == "environment":
        environment_id = new_world().environment.pk
    if blind == "feature":
        feature_id = new_world().feature().pk
    if blind == "another tenant's author":
        author = new_world().author
    if blind == "no grants":
        author = replace(world.author, grants=())

    with unchanged(), pytest.raises(NotFound) as refusal:
        create(author, environment_id, feature_id)

    field = "featureId" if blind == "feature" else "environmentId"
    assert (refusal.value.code, refusal.value.field) == ("NOT_FOUND", field)


def test_editors_may_and_viewers_may_not(world: World, feature: Feature) -> None:
    viewer = new_author(world.organisation, Role.VIEWER)
    with unchanged(), pytest.raises(NotAllowed) as refusal:
        create(viewer, world.environment.pk, feature.pk, name="")
    assert refusal.value.code == "NOT_ALLOWED"

    here = Scope(world.organisation.pk, world.project.pk, world.environment.pk)
    editor = replace(viewer, grants=(HeldGrant(Role.EDITOR, here),))
    assert create(editor, world.environment.pk, feature.pk).author_name == editor.name


def test_a_viewer_of_two_projects_is_told_that_it_may_not_and_nothing_more(world: World) -> None:
    foreign = world.with_project().feature()
    viewer = new_author(world.organisation, Role.VIEWER)

    with unchanged(), pytest.raises(NotAllowed):
        create(viewer, world.environment.pk, foreign.pk)


def create(author: Author, environment_id: int, feature_id: int, name: str = "Colour") -> Experiment:
    request = NewExperiment(environment_id=environment_id, feature_id=feature_id, name=name)
    rollout = RolloutRequest(BasisPoints(1), split=())
    return create_experiment(request=request, rollout=rollout, author=author, now=NOW)


def test_a_flag_full_of_overrides_takes_no_rollout(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.versioning.apply.MAX_OVERRIDES", 1)
    feature, segment = world.feature(), world.segment()
    change_flag(world, feature, SegmentOverrideChangeSet(segment.pk))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        world.experiment(feature)

    assert [(p.path, p.code) for p in refused.value.problems] == [(("rollout",), "TOO_MANY")]
