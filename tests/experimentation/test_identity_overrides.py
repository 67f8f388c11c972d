"""Forced values and experiments: what a unit is served, and what a running experiment refuses."""

import pytest

from server.features.holds import LockedByExperiment
from server.features.models import Feature
from tests.experimentation.acting import complete, pause, start
from tests.experimentation.evaluating import KEYS, facts, one, variants
from tests.factories import World, options_by_key, split_of
from tests.rows import unchanged
from tests.versioning.identities import force, release


def test_a_forced_value_comes_before_everything_else(world: World, feature: Feature) -> None:
    red = options_by_key(feature)["red"]
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 100}, percentage=100), key="colours")

    force(world, feature, option=red, key=KEYS[0])
    force(world, feature, "white", key=KEYS[1])
    force(world, feature, "white", key=KEYS[2], enabled=False)
    start(world, experiment)

    assert facts(one(world, "colour", KEYS[0])) == (
        *("colour", "red", "red", "TARGETING_MATCH"),
        *("colours", 1, False),
    )
    assert facts(one(world, "colour", KEYS[1]))[1:4] == ("white", "control", "TARGETING_MATCH")
    assert facts(one(world, "colour", KEYS[2]))[1:4] == ("grey", "default", "DISABLED")
    assert facts(one(world, "colour", KEYS[3]))[1:4] == ("blue", "blue", "TARGETING_MATCH")
    assert len(variants(world, "colour")) == len(KEYS) - 3


def test_what_is_taken_away_is_served_no_more(world: World, feature: Feature) -> None:
    force(world, feature, "white", key=KEYS[0])
    assert one(world, "colour", KEYS[0]).value == "white"

    release(world, feature, key=KEYS[0])

    assert one(world, "colour", KEYS[0]).value == "grey"


def test_a_new_one_waits_until_nothing_runs_and_an_old_one_may_change(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    force(world, feature, "white", key=KEYS[0])
    start(world, experiment)

    with unchanged(), pytest.raises(LockedByExperiment) as refused:
        force(world, feature, "white", key=KEYS[1])
    force(world, feature, "black", key=KEYS[0])
    release(world, feature, key=KEYS[0])
    with unchanged(), pytest.raises(LockedByExperiment):
        force(world, feature, "white", key=KEYS[0])
    pause(world, experiment)
    force(world, feature, "white", key=KEYS[1])
    start(world, experiment)
    complete(world, experiment)
    force(world, feature, "white", key=KEYS[2])

    assert refused.value.allowed == ("pauseExperiment first",)
    assert [one(world, "colour", key).value for key in KEYS[1:3]] == ["white", "white"]


def test_other_flags_and_environments_are_free(world: World, feature: Feature) -> None:
    start(world, world.experiment(feature))
    other, staging = world.feature(), world.with_environment(world.environment.versioning)

    force(world, other, "white")
    force(staging, feature, "white")

    assert one(staging, "colour", "user-1").value == "white"
