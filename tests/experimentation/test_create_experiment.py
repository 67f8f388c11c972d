"""Creating an experiment with its rollout: what exists afterwards, and that nobody is served otherwise."""

from typing import Any

import pytest

from server.experimentation.models import Experiment
from server.features.models import Feature, Segment, SegmentVersion
from server.projects.models import Versioning
from server.unset import UNSET
from server.versioning.change_sets import StateChange
from server.versioning.models import FlagVersion
from tests.experimentation.acting import change_flag, override
from tests.experimentation.reading import (
    State,
    actions,
    added,
    audit_of,
    counts,
    facts,
    gate_of,
    holds,
    live,
    revision,
    rollout_of,
    served,
    state_of,
    states,
    states_of,
)
from tests.factories import NOW, World, split_of

GREY: State = (True, "grey", {})


def test_everything_of_an_experiment_and_its_rollout_exists_afterwards(world: World, feature: Feature) -> None:
    request = split_of(feature, {"blue": 33.33, "red": 0.01}, percentage=12.5, control_value="green")

    created = world.experiment(feature, rollout=request, name="Checkout colour", hypothesis="Green sells.")

    experiment = Experiment.objects.get()
    assert experiment == created
    assert (experiment.name, experiment.key) == ("Checkout colour", "checkout-colour")
    assert (experiment.hypothesis, experiment.status) == ("Green sells.", "DRAFT")
    assert (experiment.version, experiment.unit) == (1, "targetingKey")
    assert (experiment.flag, experiment.feature) == (world.flag(feature), feature)
    assert experiment.environment == world.environment
    assert (experiment.author_kind, experiment.author_id) == ("USER", world.author.id)
    assert experiment.author_name == world.author.name
    assert (experiment.created_at, experiment.updated_at) == (NOW, NOW)
    assert (experiment.started_at, experiment.ended_at, experiment.receipt) == (None, None, None)
    rollout = rollout_of(experiment)
    assert rollout.segment == Segment.objects.get(is_system=True)
    assert (rollout.segment.is_open, rollout.segment.project) == (False, world.project)
    assert rollout.segment.current == rollout.gate == SegmentVersion.objects.get(segment=rollout.segment)
    assert gate_of(experiment) == (1250, experiment.gate_salt)
    assert len(experiment.gate_salt) == 22
    assert state_of(rollout.state) == (True, "green", {"blue": 3333, "red": 1})
    assert rollout.flag_version == live(world, feature)
    assert states(world, feature) == ([(rollout.segment_id, state_of(rollout.state))], GREY)
    assert holds() == [("OVERRIDE", rollout.segment_id)]


def test_the_answer_knows_its_rollout_without_reading_it_again(world: World, feature: Feature) -> None:
    created = world.experiment(feature)

    assert created.rollout == rollout_of(created)
    assert state_of(created.rollout.state) == state_of(rollout_of(created).state)


def test_exactly_these_rows_are_written(world: World, feature: Feature) -> None:
    before, versions = counts(), int(world.environment.versioning == Versioning.V2)

    world.experiment(feature, rollout=split_of(feature, {"blue": 50, "red": 50}))

    assert added(before) == {
        "Experiment": 1,
        "Rollout": 1,
        "Segment": 1,
        "SegmentVersion": 1,
        "Lineage": 1,
        "BucketMap": 1,
        "FlagState": 1,
        "Allocation": 2,
        "Placement": 1 + versions,
        "Hold": 1,
        "AuditRecord": 1,
    } | ({"FlagVersion": 1} if versions else {})


def test_v2_publishes_a_sealed_version_and_leaves_the_old_one_alone(v2: World) -> None:
    feature = v2.feature()
    old = live(v2, feature)
    before = (FlagVersion.objects.filter(pk=old.pk).values().get(), states_of(old))

    experiment = v2.experiment(feature)

    new = live(v2, feature)
    assert (new.number, new.based_on, new.sealed_at, new.live_from) == (2, old, NOW, NOW)
    assert (new.cause, new.author_id) == ("ROLLOUT_SET", v2.author.id)
    assert rollout_of(experiment).flag_version == new
    assert (FlagVersion.objects.filter(pk=old.pk).values().get(), states_of(old)) == before
    assert v2.flag(feature).version == 2


@pytest.mark.parametrize("world", [Versioning.V1], indirect=True)
def test_v1_changes_the_live_version_in_place(world: World, feature: Feature) -> None:
    old = live(world, feature)

    experiment = world.experiment(feature)

    assert live(world, feature) == old == FlagVersion.objects.get()
    assert (old.number, old.sealed_at) == (1, None)
    assert [segment for segment, _ in states_of(old)[0]] == [rollout_of(experiment).segment_id]
    assert world.flag(feature).version == 2


def test_nobody_is_served_anything_else(world: World, feature: Feature) -> None:
    segment = world.segment()
    change_flag(world, feature, override(segment, value="gold"))
    before = served(world, feature)

    world.experiment(feature, rollout=split_of(feature, {"blue": 100}, percentage=100, control_value="green"))

    assert served(world, feature) == before == ([(segment.pk, (True, "gold", {}))], GREY)


def test_one_audit_row_tells_of_the_experiment_and_none_of_its_segment(world: World, feature: Feature) -> None:
    before = actions()

    experiment = world.experiment(feature, rollout=split_of(feature, {"red": 40}), name="Colour")

    (row,) = audit_of(experiment)
    assert actions() == [*before, "experiment.create"]
    red = feature.options.get(key="red")
    assert (row.author_id, row.object_name, row.before) == (world.author.id, "Colour", None)
    assert (row.organisation_id, row.project_id) == (world.organisation.pk, world.project.pk)
    assert row.environment_id == world.environment.pk
    assert row.after == {
        "key": "colour",
        "name": "Colour",
        "hypothesis": "",
        "status": "DRAFT",
        "audience": None,
        "archived": False,
        "rollout": {
            "enabled": True,
            "gateBasisPoints": 2000,
            "controlValue": "grey",
            "split": [{"optionId": red.pk, "key": "red", "basisPoints": 4000}],
            "priority": 1,
            "flagVersion": live(world, feature).number,
        },
    }


def test_the_revision_of_this_environment_grows(world: World, feature: Feature) -> None:
    before = revision(world)

    world.experiment(feature)

    assert revision(world) == before + 1


def test_without_a_rollout_there_is_only_the_experiment(world: World, feature: Feature) -> None:
    before, flag = counts(), states(world, feature)

    experiment = world.experiment(feature, rollout=None)

    assert added(before) == {
        "Experiment": 1,
        "AuditRecord": 1,
    }
    assert states(world, feature) == flag
    assert facts(audit_of(experiment)[0].after)["rollout"] is None
    assert (experiment.status, holds()) == ("DRAFT", [])


def test_a_control_value_left_out_copies_the_default_as_it_is_now(world: World, feature: Feature) -> None:
    change_flag(world, feature, default=StateChange(value="silver"))

    experiment = world.experiment(feature, rollout=split_of(feature, {}, control_value=UNSET))
    change_flag(world, feature, default=StateChange(value="gold"))

    silver: State = (True, "silver", {})
    assert states(world, feature) == ([(rollout_of(experiment).segment_id, silver)], (True, "gold", {}))
    assert state_of(rollout_of(experiment).state) == silver


@pytest.mark.parametrize(
    ("value_type", "value", "given", "stored"),
    [
        ("BOOLEAN", False, True, True),
        ("STRING", "a", "", ""),
        ("INTEGER", 1, 2**53 - 1, 2**53 - 1),
        ("FLOAT", 1.5, 20, 20.0),
        ("JSON", {}, [], []),
        ("JSON", {}, {"a": [None, {"b": "ü"}]}, {"a": [None, {"b": "ü"}]}),
        ("JSON", {}, False, False),
    ],
)
def test_control_values_of_every_type_are_kept(v2: World, value_type: str, value: Any, given: Any, stored: Any) -> None:
    feature = v2.feature(value_type=value_type, value=value, options=())
    feature.options.create(key="other", value=value)

    experiment = v2.experiment(feature, rollout=split_of(feature, {}, control_value=given))

    kept = rollout_of(experiment).state.value
    assert (kept, type(kept)) == (stored, type(stored))


def test_not_enabled_means_disabled_for_those_in_the_gate(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 100}, enabled=False))

    overrides, default = states(world, feature)
    assert overrides == [(rollout_of(experiment).segment_id, (False, "grey", {"blue": 10_000}))]
    assert default == GREY


def test_an_empty_split_gives_everyone_in_the_gate_control(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, {}, percentage=100))

    assert state_of(rollout_of(experiment).state) == GREY
    assert gate_of(experiment)[0] == 10_000


@pytest.mark.parametrize("percentage", [0, 0.01, 99.99, 100])
def test_a_gate_takes_any_share(v2: World, percentage: float) -> None:
    feature = v2.feature()

    experiment = v2.experiment(feature, rollout=split_of(feature, percentage=percentage))

    assert gate_of(experiment)[0] == round(percentage * 100)


@pytest.mark.parametrize(("priority", "place"), [(None, 3), (1, 1), (2, 2), (3, 3)])
def test_the_override_stands_after_the_plain_ones_unless_the_caller_says_otherwise(
    world: World, feature: Feature, priority: int | None, place: int
) -> None:
    plain = [world.segment().pk, world.segment().pk]
    change_flag(world, feature, *(override(pk) for pk in plain))

    experiment = world.experiment(feature, rollout=split_of(feature, priority=priority))

    order = [segment for segment, _ in states(world, feature)[0]]
    assert order[place - 1] == rollout_of(experiment).segment_id
    assert [segment for segment in order if segment in plain] == plain


def test_a_plain_override_added_later_stands_before_it(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    segment = world.segment()

    change_flag(world, feature, override(segment))

    order = [pk for pk, _ in states(world, feature)[0]]
    assert order == [segment.pk, rollout_of(experiment).segment_id]


def test_two_gates_are_dealt_independently(v2: World) -> None:
    one, other = v2.experiment(), v2.experiment()

    lineages = {rollout_of(e).state.lineage.salt for e in (one, other)}
    salts = {gate_of(e)[1] for e in (one, other)}
    assert len(salts | lineages) == 4
