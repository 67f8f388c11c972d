"""An experiment's life as its users meet it."""

import pytest

from server.experimentation.models import Experiment
from server.experimentation.services.ramp_experiment_rollout import ramp_experiment_rollout
from server.experimentation.services.revert_completion import revert_completion
from server.experimentation.services.update_experiment import update_experiment
from server.features.models import Feature
from server.versioning.change_sets import StateChange
from tests.experimentation.acting import (
    change_flag,
    change_rules,
    complete,
    delete,
    override,
    pause,
    set_rollout,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.evaluating import everything, moved, one, variants
from tests.factories import NOW, World, options_by_key, points, shares, split_of

TEN_THOUSAND = tuple(f"user-{n}" for n in range(10_000))


@pytest.fixture
def experiment(world: World, feature: Feature) -> Experiment:
    """Half of the units in the gate, and of those half with blue; a draft."""
    return world.experiment(feature, rollout=split_of(feature, {"blue": 50}, percentage=50), key="paint")


def test_a_draft_changes_nothing_for_anybody(world: World, feature: Feature) -> None:
    world.feature(key="other")
    change_flag(world, feature, override(world.segment(), value="gold"))
    before = everything(world, TEN_THOUSAND)

    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 100}, percentage=100))
    created = everything(world, TEN_THOUSAND)
    set_rollout(world, experiment, split_of(feature, {"red": 100}, percentage=100, control_value="x", priority=1))
    edited = everything(world, TEN_THOUSAND)
    delete(world, experiment)

    assert before == created == edited == everything(world, TEN_THOUSAND)


def test_who_is_in_the_gate_gets_the_split_and_the_others_the_default(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    start(world, experiment)

    got = variants(world, "colour")
    outside = [facts for (facts,) in everything(world).values() if not facts[-1]]
    assert 440 < len(got) < 560
    assert 200 < sum(variant == "blue" for variant in got.values()) < 300
    assert set(got.values()) == {"blue", "control"}
    assert set(outside) == {("colour", "grey", "control", "DEFAULT", "paint", 1, False)}


def test_pausing_gives_everyone_the_default_and_resuming_everyone_their_variant(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    draft = everything(world)
    start(world, experiment)
    running = everything(world)

    pause(world, experiment)
    paused = everything(world)
    start(world, experiment)

    assert draft == paused != running == everything(world)


def test_a_wider_gate_only_adds_units(world: World, feature: Feature, experiment: Experiment) -> None:
    start(world, experiment)
    before = variants(world, "colour")

    ramp_experiment_rollout(experiment_id=experiment.pk, percentage=points(80), author=world.author, now=NOW)

    after = variants(world, "colour")
    assert before.items() < after.items()
    assert 750 < len(after) < 850
    assert one(world, "colour", next(iter(after))).phase == 1


def test_another_split_moves_only_those_that_it_has_to(world: World, feature: Feature, experiment: Experiment) -> None:
    start(world, experiment)
    before = variants(world, "colour")
    pause(world, experiment)
    set_rollout(world, experiment, split_of(feature, {"red": 70}, percentage=50))
    set_rollout(world, experiment, split_of(feature, {"blue": 50, "red": 20}, percentage=50))

    start(world, experiment)

    after = variants(world, "colour")
    assert before.keys() == after.keys()
    assert set(moved(before, after)) == {("control", "red")}
    assert {one(world, "colour", key).phase for key in list(after)[:5]} == {2}


def test_an_audience_keeps_everyone_else_out_and_is_frozen_in_the_phase(world: World, feature: Feature) -> None:
    segment = world.segment()
    experiment = world.experiment(
        feature, rollout=split_of(feature, {"blue": 50}, percentage=100), audience_id=segment.pk
    )
    start(world, experiment)
    pros = variants(world, "colour", traits={"plan": "pro"})

    change_rules(world, segment, plan="free")

    assert len(pros) == 1000
    assert variants(world, "colour", traits={"plan": "free"}) == {}
    assert variants(world, "colour", traits={"plan": "pro"}) == pros

    pause(world, experiment)
    update_experiment(experiment_id=experiment.pk, audience_id=segment.pk, author=world.author, now=NOW)
    start(world, experiment)

    assert variants(world, "colour", traits={"plan": "free"}) == pros
    assert variants(world, "colour", traits={"plan": "pro"}) == {}
    assert one(world, "colour", "unit-1", {"plan": "free"}).phase == 2


def test_an_option_for_everyone_is_everyones_at_once(world: World, feature: Feature, experiment: Experiment) -> None:
    start(world, experiment)

    complete(world, experiment, ship_to_everyone(options_by_key(feature)["blue"].pk))

    assert {facts for (facts,) in everything(world).values()} == {
        ("colour", "blue", "blue", "STATIC", None, None, None)
    }


def test_an_option_for_the_gate_is_that_of_those_who_took_part(
    world: World, feature: Feature, experiment: Experiment
) -> None:
    start(world, experiment)
    took_part = variants(world, "colour")

    complete(world, experiment, ship_to_gate(options_by_key(feature)["blue"].pk))

    got = {key: facts[1] for key, (facts,) in everything(world).items()}
    assert {key for key, value in got.items() if value == "blue"} == took_part.keys()
    assert set(got.values()) == {"blue", "grey"}


@pytest.mark.parametrize("kind", ["everyone", "gate", "control"])
def test_who_was_served_by_a_split_of_the_default_has_it_again_after_a_reversal(
    world: World, feature: Feature, kind: str
) -> None:
    for split in ({"blue": 60}, {"blue": 20, "red": 50}, {"blue": 50, "red": 10}):
        change_flag(world, feature, default=StateChange(allocations=shares(feature, split)))
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 50}, percentage=20))
    draft = everything(world)
    start(world, experiment)
    blue = options_by_key(feature)["blue"].pk
    decisions = {"everyone": (ship_to_everyone(blue),), "gate": (ship_to_gate(blue),), "control": ()}
    complete(world, experiment, *decisions[kind])

    revert_completion(experiment_id=experiment.pk, author=world.author, now=NOW)

    assert everything(world) == draft


@pytest.mark.parametrize("kind", ["everyone", "gate", "control"])
def test_a_reverted_completion_gives_everyone_what_they_had(
    world: World, feature: Feature, experiment: Experiment, kind: str
) -> None:
    draft = everything(world)
    start(world, experiment)
    before = variants(world, "colour")
    blue = options_by_key(feature)["blue"].pk
    decisions = {"everyone": (ship_to_everyone(blue),), "gate": (ship_to_gate(blue),), "control": ()}
    complete(world, experiment, *decisions[kind])

    revert_completion(experiment_id=experiment.pk, author=world.author, now=NOW)
    paused = everything(world)
    start(world, experiment)

    assert paused == draft
    assert variants(world, "colour") == before
    assert one(world, "colour", next(iter(before))).phase == 2
