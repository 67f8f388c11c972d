"""Setting a rollout, first or again: gate and split together, on the same segment, and when it may be."""

from datetime import timedelta

import pytest

from server.errors import InvalidInput, Reference
from server.evaluation.percentages import BasisPoints
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import FeatureArchived, RolloutLocked
from server.experimentation.rollouts import RolloutRequest
from server.features.models import Feature, SegmentVersion
from server.projects.models import Versioning
from server.versioning.change_sets import AllocationChange, StateChange
from server.versioning.locks import VersionMoved
from server.versioning.models import FlagVersion
from tests.experimentation.acting import archive, bring_to, change_flag, override, set_rollout
from tests.experimentation.reading import (
    added,
    audit_of,
    counts,
    facts,
    gate_of,
    holds,
    live,
    problems,
    revision,
    rollout_of,
    served,
    state_of,
    states,
    states_of,
)
from tests.factories import NOW, World, split_of
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)
both_statuses = pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])


@pytest.fixture
def experiment(world: World, feature: Feature) -> Experiment:
    """A draft: a gate of 20 %, blue and red get a third each, control is grey."""
    return world.experiment(feature)


@both_statuses
def test_gate_and_split_change_together(world: World, feature: Feature, experiment: Experiment, status: Status) -> None:
    experiment = bring_to(world, experiment, status)
    before, version, revised = rollout_of(experiment), experiment.version, revision(world)

    request = split_of(feature, {"red": 12.34}, percentage=45, control_value="green", enabled=False)
    answer = set_rollout(world, experiment, request, now=LATER)

    after = rollout_of(experiment)
    assert (after.pk, after.segment) == (before.pk, before.segment)
    assert gate_of(experiment) == (4500, experiment.gate_salt)
    assert (after.gate.number, after.segment.current) == (2, after.gate)
    assert state_of(after.state) == (False, "green", {"red": 1234})
    assert states(world, feature) == ([(after.segment_id, state_of(after.state))], (True, "grey", {}))
    assert after.state.lineage == before.state.lineage
    assert after.flag_version == live(world, feature)
    assert answer.rollout == after
    assert (answer.version, answer.updated_at, answer.status) == (version + 1, LATER, status)
    assert Experiment.objects.get() == answer
    assert Experiment.objects.values_list("version", "updated_at").get() == (version + 1, LATER)
    assert revision(world) == revised + 1


@both_statuses
def test_nobody_is_served_anything_else(world: World, feature: Feature, experiment: Experiment, status: Status) -> None:
    bring_to(world, experiment, status)
    before = served(world, feature)

    set_rollout(world, experiment, split_of(feature, {"red": 100}, percentage=100))

    assert served(world, feature) == before == ([], (True, "grey", {}))


def test_options_that_are_not_named_go_to_nothing(world: World, feature: Feature, experiment: Experiment) -> None:
    assert state_of(rollout_of(experiment).state)[2] == {"blue": 3300, "red": 3300}

    set_rollout(world, experiment, split_of(feature, {"red": 60}))
    assert state_of(rollout_of(experiment).state)[2] == {"red": 6000}

    set_rollout(world, experiment, split_of(feature, {}))
    assert state_of(rollout_of(experiment).state)[2] == {}


def test_a_first_rollout_provisions_what_a_create_does(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None)
    before, sealed = counts(), world.environment.versioning == Versioning.V2

    answer = set_rollout(world, experiment, split_of(feature, {"blue": 50}))

    assert added(before) == {
        "Rollout": 1,
        "Segment": 1,
        "SegmentVersion": 1,
        "Lineage": 1,
        "BucketMap": 1,
        "FlagState": 1,
        "Allocation": 1,
        "Placement": 1 + sealed,
        "Hold": 1,
        "AuditRecord": 1,
    } | ({"FlagVersion": 1} if sealed else {})
    rollout = rollout_of(experiment)
    assert (rollout.segment.is_system, rollout.segment.is_open) == (True, False)
    assert gate_of(experiment) == (2000, experiment.gate_salt)
    assert states(world, feature)[0] == [(rollout.segment_id, (True, "grey", {"blue": 5000}))]
    assert holds() == [("OVERRIDE", rollout.segment_id)]
    assert (answer.version, answer.rollout) == (2, rollout)


def test_one_audit_row_tells_what_was_before_and_after(world: World, feature: Feature, experiment: Experiment) -> None:
    first = audit_of(experiment)

    set_rollout(world, experiment, split_of(feature, {"blue": 1}, percentage=2, control_value="green"))

    (row,) = audit_of(experiment)[len(first) :]
    assert (row.action, row.before) == ("experiment.set_rollout", first[0].after)
    blue = feature.options.get(key="blue")
    assert row.after == facts(first[0].after) | {
        "rollout": {
            "enabled": True,
            "gateBasisPoints": 200,
            "controlValue": "green",
            "split": [{"optionId": blue.pk, "key": "blue", "basisPoints": 100}],
            "priority": 1,
            "flagVersion": live(world, feature).number,
        }
    }


def test_v2_publishes_a_version_and_leaves_the_past_alone(v2: World) -> None:
    feature = v2.feature()
    experiment = v2.experiment(feature)
    past = list(FlagVersion.objects.order_by("pk"))
    before = [(states_of(v), v.sealed_at) for v in past]
    old = rollout_of(experiment)

    set_rollout(v2, experiment, split_of(feature, {"red": 1}), now=LATER)

    new = live(v2, feature)
    assert (new.number, new.based_on, new.sealed_at, new.cause) == (3, past[-1], LATER, "ROLLOUT_SET")
    assert [(states_of(v), v.sealed_at) for v in past] == before
    assert states_of(old.flag_version)[0] == [(old.segment_id, state_of(old.state))]


def test_a_gate_alone_moves_without_a_flag_version(world: World, feature: Feature, experiment: Experiment) -> None:
    before, flag = rollout_of(experiment), world.flag(feature)

    answer = set_rollout(world, experiment, split_of(feature, percentage=21))

    after = rollout_of(experiment)
    assert gate_of(experiment) == (2100, experiment.gate_salt)
    assert (after.state, after.flag_version) == (before.state, before.flag_version)
    assert (world.flag(feature).version, live(world, feature)) == (flag.version, before.flag_version)
    assert answer.version == 2


def test_a_split_alone_leaves_the_gate(world: World, feature: Feature, experiment: Experiment) -> None:
    before = rollout_of(experiment)

    set_rollout(world, experiment, split_of(feature, {"red": 1}))

    assert rollout_of(experiment).gate == before.gate
    assert SegmentVersion.objects.filter(segment=before.segment).count() == 1


@both_statuses
def test_the_rollout_that_it_has_is_accepted_and_nothing_is_written(
    world: World, feature: Feature, experiment: Experiment, status: Status
) -> None:
    experiment = bring_to(world, experiment, status)

    with unchanged():
        answer = set_rollout(world, experiment, split_of(feature), now=LATER)

    assert answer.version == experiment.version
    assert answer.rollout == rollout_of(experiment)


def test_the_place_that_it_has_stays_unless_the_caller_says_otherwise(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    one, two = world.segment(), world.segment()
    change_flag(world, feature, override(one), override(two))
    own = rollout_of(experiment).segment_id

    def order() -> list[int]:
        return [segment for segment, _ in states(world, feature)[0]]

    set_rollout(world, experiment, split_of(feature, {"red": 1}, priority=2))
    assert order() == [one.pk, own, two.pk]
    set_rollout(world, experiment, split_of(feature, {"red": 2}))
    assert order() == [one.pk, own, two.pk]
    set_rollout(world, experiment, split_of(feature, {"red": 2}, priority=1))
    assert order() == [own, one.pk, two.pk]
    set_rollout(world, experiment, split_of(feature, {"red": 2}, priority=3))
    assert order() == [one.pk, two.pk, own]


def test_a_control_value_left_out_is_copied_anew(world: World, feature: Feature, experiment: Experiment) -> None:
    change_flag(world, feature, default=StateChange(value="silver"))
    assert state_of(rollout_of(experiment).state)[1] == "grey"

    set_rollout(world, experiment, split_of(feature))

    assert state_of(rollout_of(experiment).state)[1] == "silver"


@pytest.mark.parametrize(
    ("status", "allowed", "message"),
    [
        (
            Status.RUNNING,
            ("updateExperiment", "rampExperimentRollout", "pauseExperiment", "completeExperiment"),
            "pause it first",
        ),
        (
            Status.COMPLETED,
            ("duplicateExperiment", "revertCompletion", "archiveExperiment"),
            "a completed experiment stays as it is",
        ),
    ],
)
def test_neither_running_nor_completed_experiments_take_a_rollout(
    world: World,
    feature: Feature,
    experiment: Experiment,
    status: Status,
    allowed: tuple[str, ...],
    message: str,
) -> None:
    bring_to(world, experiment, status)

    for rollout in (split_of(feature, {"red": 1}), split_of(feature)):
        with unchanged(), pytest.raises(RolloutLocked, match=message) as refused:
            set_rollout(world, experiment, rollout)
        assert (refused.value.code, refused.value.allowed) == ("ROLLOUT_LOCKED", allowed)
        assert refused.value.holder == Reference("Experiment", experiment.pk, experiment.name)


def test_an_edit_made_for_another_version_is_refused(world: World, feature: Feature, experiment: Experiment) -> None:
    set_rollout(world, experiment, split_of(feature, {"red": 1}), expected_version=1)

    for expected in (1, 3):
        with unchanged(), pytest.raises(VersionMoved) as refused:
            set_rollout(world, experiment, split_of(feature, {"red": 2}), expected_version=expected)
        assert (refused.value.code, refused.value.expected, refused.value.actual) == (
            "VERSION_MOVED",
            expected,
            2,
        )
        assert refused.value.collides_with == Reference("Experiment", experiment.pk, experiment.name)
    assert set_rollout(world, experiment, split_of(feature, {"red": 2}), expected_version=2).version == 3


def test_every_problem_is_told_at_once(world: World, feature: Feature, experiment: Experiment) -> None:
    red = feature.options.get(key="red")
    foreign = world.feature().options.get(key="red")
    parts = [(red.pk, 9_999), (foreign.pk, 1), (red.pk, 1)]
    rollout = RolloutRequest(
        BasisPoints(1),
        tuple(AllocationChange(pk, BasisPoints(share)) for pk, share in parts),
        control_value={"deep": "\0"},
        priority=2,
    )

    with unchanged(), pytest.raises(InvalidInput) as refused:
        set_rollout(world, experiment, rollout)

    assert problems(refused) == [
        ("rollout.multivariateValues.1.optionId", "UNKNOWN_OPTION"),
        ("rollout.multivariateValues.2.optionId", "DUPLICATE_OPTION"),
        ("rollout.multivariateValues", "OVER_ALLOCATED"),
        ("rollout.controlValue", "WRONG_TYPE"),
        ("rollout.priority", "OUT_OF_RANGE"),
    ]


def test_an_explicit_null_is_no_control_value(world: World, feature: Feature, experiment: Experiment) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        set_rollout(world, experiment, split_of(feature, control_value=None))

    assert problems(refused) == [("rollout.controlValue", "NULL")]


def test_an_archived_feature_takes_no_rollout(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    archive(world, feature)

    with unchanged(), pytest.raises(FeatureArchived) as refused:
        set_rollout(world, experiment, split_of(feature, {"blue": 10}))

    assert refused.value.collides_with == Reference("Feature", feature.pk, feature.key)
