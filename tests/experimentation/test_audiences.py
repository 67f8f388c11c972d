"""The audience: who may take part at all, frozen by the version of its segment."""

from collections.abc import Callable
from typing import Any

import pytest

from server.errors import InvalidInput
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import AudienceLocked, ExperimentCompleted
from server.features.holds import LockedByExperiment
from server.features.models import Feature, Segment, SegmentVersion
from server.versioning.services.delete_segment import delete_segment
from tests.experimentation.acting import (
    bring_to,
    change_rules,
    complete,
    delete,
    edit,
    pause,
    revert,
    set_rollout,
    ship_to_gate,
    start,
)
from tests.experimentation.evaluating import one, variants
from tests.experimentation.reading import audit_of, facts, holds, phases_of, problems, revision, rollout_of
from tests.factories import NOW, World, new_world, options_by_key, split_of
from tests.rows import unchanged


@pytest.fixture
def segment(world: World) -> Segment:
    """Those on the plan pro."""
    return world.segment("pros")


def remove(world: World, segment: Segment) -> Any:
    return delete_segment(segment_id=segment.pk, author=world.author, now=NOW)


def gate_rules(experiment: Experiment) -> Any:
    """What the gate asks besides the share of the units."""
    return rollout_of(experiment).gate.rules["rules"]


def version(segment: Segment, number: int) -> SegmentVersion:
    return SegmentVersion.objects.get(segment=segment, number=number)


def test_a_create_with_an_audience_asks_for_it_in_the_gate(world: World, segment: Segment) -> None:
    experiment = world.experiment(audience_id=segment.pk)

    assert experiment.audience == version(segment, 1)
    assert gate_rules(experiment) == [version(segment, 1).rules]
    assert ("REMOVAL", segment.pk) in holds()
    told = facts(audit_of(experiment)[0].after)["audience"]
    assert told == {"segmentId": segment.pk, "name": "pros", "version": 1}


def test_it_can_be_set_on_a_draft_and_taken_away_again(world: World, segment: Segment) -> None:
    experiment = world.experiment()
    at = revision(world)

    narrowed = edit(world, experiment, audience_id=segment.pk)
    rules = gate_rules(experiment), holds()
    everyone = edit(world, experiment, audience_id=None)

    own = rollout_of(experiment).segment_id
    assert (narrowed.audience, narrowed.version) == (version(segment, 1), 2)
    assert rules == ([version(segment, 1).rules], [("OVERRIDE", own), ("REMOVAL", segment.pk)])
    assert (everyone.audience, everyone.version, gate_rules(experiment)) == (None, 3, [])
    assert (holds(), revision(world)) == ([("OVERRIDE", own)], at + 2)


def test_before_the_rollout_it_waits_for_the_gate(world: World, segment: Segment, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None, audience_id=segment.pk)

    set_rollout(world, experiment, split_of(feature))

    assert gate_rules(experiment) == [version(segment, 1).rules]


def test_a_draft_that_starts_has_the_rules_of_that_moment(world: World, segment: Segment) -> None:
    experiment = world.experiment(audience_id=segment.pk)
    change_rules(world, segment, plan="team")
    assert gate_rules(experiment) == [version(segment, 1).rules]

    start(world, experiment)

    (phase,) = phases_of(experiment)
    assert phase.audience == version(segment, 2)
    assert gate_rules(experiment) == [version(segment, 2).rules]


@pytest.mark.parametrize("status", [Status.RUNNING, Status.PAUSED])
def test_afterwards_other_rules_of_the_segment_change_nothing(world: World, segment: Segment, status: Status) -> None:
    experiment = bring_to(world, world.experiment(audience_id=segment.pk), status)

    change_rules(world, segment, plan="team")
    if status == Status.PAUSED:
        start(world, experiment)

    (phase,) = phases_of(experiment)
    assert phase.audience == version(segment, 1)
    assert gate_rules(experiment) == [version(segment, 1).rules]


def test_naming_it_again_while_paused_takes_the_rules_of_now_and_the_next_phase(world: World, segment: Segment) -> None:
    experiment = bring_to(world, world.experiment(audience_id=segment.pk), Status.PAUSED)
    change_rules(world, segment, plan="team")

    edit(world, experiment, audience_id=segment.pk)
    start(world, experiment)

    assert [phase.audience for phase in phases_of(experiment)] == [version(segment, 1), version(segment, 2)]


def test_naming_the_same_rules_again_changes_nothing(world: World, segment: Segment) -> None:
    experiment = start(world, world.experiment(audience_id=segment.pk))

    with unchanged():
        assert edit(world, experiment, audience_id=segment.pk).version == experiment.version


def test_while_it_runs_it_stays_as_it_is(world: World, segment: Segment) -> None:
    experiment = start(world, world.experiment(audience_id=segment.pk))

    for audience_id in (world.segment().pk, None):
        with unchanged(), pytest.raises(AudienceLocked, match="pause it first") as refused:
            edit(world, experiment, audience_id=audience_id)
    assert (refused.value.code, refused.value.status) == ("AUDIENCE_LOCKED", "RUNNING")
    assert "pauseExperiment" in refused.value.allowed


def test_a_completed_experiment_takes_none(world: World, segment: Segment) -> None:
    experiment = bring_to(world, world.experiment(), Status.COMPLETED)

    with unchanged(), pytest.raises(ExperimentCompleted):
        edit(world, experiment, audience_id=segment.pk)


def strange(world: World) -> list[int]:
    """Segments that are none of the project's ordinary ones."""
    gone = world.segment("gone")
    remove(world, gone)
    gate = rollout_of(world.experiment()).segment_id
    return [0, gone.pk, gate, new_world().segment().pk, world.with_project().segment().pk]


def test_a_segment_that_is_none_of_the_projects_is_unknown(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    other = world.feature()

    for segment_id in strange(world):
        with unchanged(), pytest.raises(InvalidInput) as created:
            world.experiment(other, name=" ", audience_id=segment_id)
        assert problems(created) == [("input.name", "BLANK"), ("input.audienceId", "UNKNOWN_SEGMENT")]
        with unchanged(), pytest.raises(InvalidInput) as edited:
            edit(world, experiment, name=" ", audience_id=segment_id)
        assert problems(edited) == [("input.name", "BLANK"), ("input.audience.segmentId", "UNKNOWN_SEGMENT")]


def test_a_no_to_everyone_decides_nothing(world: World, segment: Segment) -> None:
    experiment = world.experiment(audience_id=segment.pk)

    with unchanged(), pytest.raises(InvalidInput) as refused:
        edit(world, experiment, name=" ", audience_id=None, everyone=False)

    assert problems(refused) == [("input.name", "BLANK"), ("input.audience.everyone", "OUT_OF_RANGE")]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_the_segment_of_an_audience_is_not_removed(world: World, segment: Segment, status: Status) -> None:
    bring_to(world, world.experiment(name="Paint", audience_id=segment.pk), status)

    with unchanged(), pytest.raises(LockedByExperiment, match="audience of the experiment “Paint”") as refused:
        remove(world, segment)

    assert refused.value.allowed == ("updateExperiment with another audience", "completeExperiment first")


@pytest.mark.parametrize(
    "end",
    [
        lambda w, e: edit(w, e, audience_id=None),
        lambda w, e: delete(w, e),
        lambda w, e: complete(w, start(w, e)),
    ],
    ids=["everyone", "deleted", "completed"],
)
def test_it_is_free_again_when_no_experiment_needs_it(
    world: World, segment: Segment, end: Callable[[World, Experiment], object]
) -> None:
    end(world, world.experiment(audience_id=segment.pk))

    remove(world, segment)

    assert Segment.objects.get(pk=segment.pk).removed_at == NOW


def test_a_reverted_completion_holds_it_again(world: World, segment: Segment) -> None:
    experiment = complete(world, start(world, world.experiment(audience_id=segment.pk)))
    revert(world, experiment)

    with unchanged(), pytest.raises(LockedByExperiment):
        remove(world, segment)


def test_a_pause_keeps_the_hold(world: World, segment: Segment) -> None:
    pause(world, start(world, world.experiment(audience_id=segment.pk)))

    assert ("REMOVAL", segment.pk) in holds()


def deep_rules(depth: int) -> dict[str, Any]:
    rules: dict[str, Any] = {"type": "ALL", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "pro"}]}
    for _ in range(depth - 1):
        rules = {"type": "ALL", "rules": [rules]}
    return rules


def wide_rules(parts: int) -> dict[str, Any]:
    values = ["pro", *(f"p{n}" for n in range(parts - 2))]
    return {"type": "ANY", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": value} for value in values]}


def long_rules(size: int) -> dict[str, Any]:
    plans = [f"{n:03}{'x' * 900}" for n in range(size // 906)]
    return {"type": "ALL", "conditions": [{"trait": "plan", "operator": "IN", "value": ["pro", *plans]}]}


@pytest.mark.parametrize("rules", [deep_rules(5), wide_rules(100), long_rules(64 * 1024)], ids=["deep", "wide", "long"])
def test_the_largest_rules_are_an_audience_from_start_to_shipping_and_after(
    world: World, feature: Feature, rules: dict[str, Any]
) -> None:
    segment = world.segment(rules=rules)
    rollout = split_of(feature, {"blue": 50}, percentage=100)
    experiment = start(world, world.experiment(feature, rollout=rollout, audience_id=segment.pk))

    got = variants(world, "colour", traits={"plan": "pro"})
    complete(world, experiment, ship_to_gate(options_by_key(feature)["blue"].pk))
    shipped = rollout_of(experiment).segment
    pro, free = one(world, "colour", "unit-1", {"plan": "pro"}), one(world, "colour", "unit-1", {"plan": "free"})
    change_rules(world, shipped, plan="free")

    assert set(got.values()) == {"blue", "control"}
    assert (pro.value, free.value) == ("blue", "grey")
    assert one(world, "colour", "unit-1", {"plan": "free"}).value == "blue"


def test_rules_that_were_an_audience_too_often_are_refused_as_one(world: World, feature: Feature) -> None:
    segment = world.segment(rules=deep_rules(5))
    rules = {"type": "ALL", "rules": [deep_rules(9)], "conditions": []}
    SegmentVersion.objects.create(
        segment=segment, number=2, rules=rules, created_at=NOW, author_kind="SYSTEM", author_name="tests"
    )

    with unchanged(), pytest.raises(InvalidInput) as refused:
        world.experiment(feature, audience_id=segment.pk)

    assert problems(refused) == [("input.audienceId", "TOO_LARGE")]
