"""Phases: what a start opens, what goes on, and what ends one. Nobody is moved further than an edit makes necessary."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from server.evaluation.buckets import count_moved
from server.experimentation.models import Experiment, Phase, PhaseStep
from server.features.models import Feature
from tests.experimentation.acting import (
    change_feature,
    change_flag,
    complete,
    edit,
    override,
    pause,
    ramp,
    revert,
    set_rollout,
    start,
)
from tests.experimentation.reading import least, live, phases_of, rollout_of, runs, states, steps_of
from tests.factories import NOW, World, options_by_key, split_of

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def running(world: World, feature: Feature) -> Experiment:
    """A fifth of the units in the gate, and of those half with blue and a fifth with red."""
    rollout = split_of(feature, {"blue": 50, "red": 20}, control_value="white")
    return start(world, world.experiment(feature, rollout=rollout))


@pytest.fixture
def paused(world: World, running: Experiment) -> Experiment:
    return pause(world, running)


def again(feature: Feature, **other: Any) -> Any:
    """The same rollout, but for what is said."""
    asked = {"split": {"blue": 50, "red": 20}, "percentage": 20, "control_value": "white"} | other
    return split_of(feature, asked.pop("split"), **asked)


def test_a_draft_has_no_phase(world: World) -> None:
    experiment = world.experiment()

    assert (phases_of(experiment), experiment.open_phases) == ([], [])


def test_a_start_opens_the_first_phase_with_a_copy_of_all_that_units_meet(world: World, feature: Feature) -> None:
    audience = world.segment()
    rollout = split_of(feature, {"blue": 50, "red": 20}, control_value="white")
    draft = world.experiment(feature, rollout=rollout, audience_id=audience.pk)

    answer = start(world, draft, LATER)

    (phase,) = phases_of(draft)
    options, state = options_by_key(feature), rollout_of(draft).state
    assert answer.open_phases == [phase]
    assert (phase.number, phase.opened_at, phase.closed_at) == (1, LATER, None)
    assert (phase.percentage, phase.enabled, phase.control_value) == (2000, True, "white")
    assert (phase.gate_salt, phase.split_salt) == (draft.gate_salt, state.lineage.salt)
    assert phase.arms == [
        {"optionId": options["blue"].pk, "key": "blue", "value": "blue", "basisPoints": 5000},
        {"optionId": options["red"].pk, "key": "red", "value": "red", "basisPoints": 2000},
    ]
    assert (phase.bucket_map, phase.flag_version) == (state.bucket_map, live(world, feature))
    assert (phase.audience, phase.author_id) == (audience.current, world.author.id)
    assert steps_of(phase) == [("OPENED", 2000)]


def test_the_copy_stays_as_it_was_whatever_becomes_of_the_flag(
    world: World, feature: Feature, paused: Experiment
) -> None:
    before = Phase.objects.values().get()

    change_flag(world, feature, override(world.segment(), value="gold"))
    set_rollout(world, paused, split_of(feature, {"red": 100}, percentage=90, control_value="black"))

    assert Phase.objects.values().get() == before


@pytest.mark.parametrize(
    "write",
    [
        lambda: Phase.objects.update(percentage=9999),
        lambda: Phase.objects.update(closed_at=NOW, percentage=1),
        lambda: Phase.objects.all()._raw_delete("default"),
        lambda: PhaseStep.objects.update(percentage=9999),
        lambda: PhaseStep.objects.all()._raw_delete("default"),
    ],
)
def test_the_database_keeps_phases_and_steps(write: Callable[[], Any], v2: World) -> None:
    start(v2, v2.experiment())

    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def test_resuming_without_an_edit_goes_on_in_the_phase(world: World, running: Experiment) -> None:
    (phase,) = phases_of(running)

    pause(world, running)
    start(world, running)

    assert phases_of(running) == [phase]
    assert steps_of(phase) == [("OPENED", 2000), ("PAUSED", 0), ("RESUMED", 2000)]


@pytest.mark.parametrize(
    "other",
    [
        {"split": {"blue": 50, "red": 21}},
        {"split": {"blue": 20, "red": 50}},
        {"split": {}},
        {"control_value": "black"},
        {"enabled": False},
        {"percentage": 19.99},
    ],
    ids=str,
)
def test_resuming_after_an_edit_that_means_something_else_to_a_unit_opens_the_next(
    world: World, feature: Feature, paused: Experiment, other: dict[str, Any]
) -> None:
    set_rollout(world, paused, again(feature, **other))

    start(world, paused, LATER)

    first, second = phases_of(paused)
    state = rollout_of(paused).state
    assert (first.closed_at, second.number, second.opened_at, second.closed_at) == (LATER, 2, LATER, None)
    assert (second.enabled, second.control_value) == (state.enabled, state.value)
    assert second.bucket_map == state.bucket_map
    assert (first.gate_salt, first.split_salt) == (second.gate_salt, second.split_salt)
    assert steps_of(first)[-1] == ("CLOSED", 0)
    assert steps_of(second) == [("OPENED", 1999 if "percentage" in other else 2000)]
    moved = count_moved(runs(first.bucket_map), runs(second.bucket_map))
    assert moved == least(runs(first.bucket_map), runs(second.bucket_map))
    assert moved == {"{'blue': 50, 'red': 21}": 100, "{'blue': 20, 'red': 50}": 3000, "{}": 7000}.get(
        str(other.get("split")), 0
    )


def test_resuming_after_an_edit_of_the_audience_opens_the_next(world: World, paused: Experiment) -> None:
    segment = world.segment()
    edit(world, paused, audience_id=segment.pk)

    start(world, paused)

    first, second = phases_of(paused)
    assert (first.audience, second.audience) == (None, segment.current)
    assert first.bucket_map == second.bucket_map


def test_several_edits_while_paused_move_the_least_from_what_units_met(
    world: World, feature: Feature, paused: Experiment
) -> None:
    for split in ({"red": 100}, {"blue": 5, "red": 5}, {}, {"blue": 40, "red": 40}):
        set_rollout(world, paused, again(feature, split=split))

    start(world, paused)

    first, second = phases_of(paused)
    assert second.bucket_map is not None
    assert second.bucket_map.predecessor_id == first.bucket_map_id
    moved = count_moved(runs(first.bucket_map), runs(second.bucket_map))
    assert moved == second.bucket_map.moved == 2000 == least(runs(first.bucket_map), runs(second.bucket_map))


@pytest.mark.parametrize("split", [{"blue": 50, "red": 20}, {}], ids=["with a map", "all control"])
def test_an_edit_that_is_taken_back_while_paused_changes_nothing(
    world: World, feature: Feature, split: dict[str, float]
) -> None:
    experiment = start(world, world.experiment(feature, rollout=split_of(feature, split, control_value="white")))
    pause(world, experiment)
    set_rollout(world, experiment, again(feature, split={"red": 70}, percentage=5, control_value="black"))
    set_rollout(world, experiment, again(feature, split=split))

    start(world, experiment)

    (phase,) = phases_of(experiment)
    assert rollout_of(experiment).state.bucket_map_id == phase.bucket_map_id
    assert steps_of(phase)[-1] == ("RESUMED", 2000)


def test_widening_while_paused_goes_on_in_the_phase(world: World, feature: Feature, paused: Experiment) -> None:
    set_rollout(world, paused, again(feature, percentage=35))

    answer = start(world, paused)

    (phase,) = phases_of(paused)
    assert (phase.percentage, phase.widest, answer.open_phases[0].widest) == (2000, 3500, 3500)
    assert steps_of(phase)[-1] == ("RESUMED", 3500)


def test_a_gate_that_is_narrower_than_the_widest_of_the_phase_opens_the_next(
    world: World, feature: Feature, running: Experiment
) -> None:
    ramp(world, running, 50)
    pause(world, running)
    set_rollout(world, running, again(feature, percentage=40))

    start(world, running)

    assert [(p.number, p.percentage) for p in phases_of(running)] == [(1, 2000), (2, 4000)]


def test_completing_closes_the_phase_running_or_paused(world: World) -> None:
    for way in (start, lambda w, e: pause(w, start(w, e))):
        experiment = way(world, world.experiment())

        answer = complete(world, experiment, now=LATER)

        (phase,) = phases_of(experiment)
        assert (phase.closed_at, answer.open_phases) == (LATER, [])
        assert steps_of(phase)[-1] == ("CLOSED", 0)


def test_after_a_reverted_completion_the_next_phase_moves_the_least_from_the_last_one(
    world: World, feature: Feature, running: Experiment
) -> None:
    revert(world, complete(world, running))
    for split in ({"red": 100}, {"blue": 40, "red": 40}):
        set_rollout(world, running, again(feature, split=split))

    start(world, running)

    first, second = phases_of(running)
    assert (first.closed_at, second.number) == (NOW, 2)
    assert count_moved(runs(first.bucket_map), runs(second.bucket_map)) == 2000


def test_an_edit_of_texts_ends_no_phase_and_moves_nobody(world: World, feature: Feature, paused: Experiment) -> None:
    before = states(world, feature)
    edit(world, paused, name="Other", hypothesis="It sells.")
    change_feature(world, feature, description="Paint")

    start(world, paused)

    assert (len(phases_of(paused)), states(world, feature)) == (1, before)
