"""Pausing: the gate closes at once, and everything else stays as it is."""

from datetime import timedelta

import pytest

from server.experimentation.models import Experiment
from server.features.models import Feature
from tests.experimentation.acting import pause, start
from tests.experimentation.reading import (
    added,
    audit_of,
    counts,
    facts,
    gate_of,
    live,
    revision,
    rollout_of,
    served,
    state_of,
    states,
)
from tests.factories import NOW, World, split_of

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def running(world: World, feature: Feature) -> Experiment:
    """A running experiment: blue gets half of those in the gate."""
    return start(world, world.experiment(feature, rollout=split_of(feature, {"blue": 50})))


def test_everyone_gets_what_the_flag_serves_without_the_experiment(
    world: World, feature: Feature, running: Experiment
) -> None:
    answer = pause(world, running, LATER)

    assert served(world, feature) == ([], (True, "grey", {}))
    stored = Experiment.objects.get()
    for experiment in (answer, stored):
        assert (experiment.status, experiment.version, experiment.updated_at) == ("PAUSED", 3, LATER)
        assert (experiment.started_at, experiment.ended_at) == (NOW, None)


def test_no_flag_version_is_published_and_the_rollout_stays(
    world: World, feature: Feature, running: Experiment
) -> None:
    rollout, gate = rollout_of(running), gate_of(running)
    version, flag, rows = live(world, feature), states(world, feature), counts()
    edits = world.flag(feature).version

    pause(world, running)

    after = rollout_of(running)
    assert (after.gate, after.state, after.flag_version) == (
        rollout.gate,
        rollout.state,
        rollout.flag_version,
    )
    assert (gate_of(running), state_of(after.state)) == (gate, (True, "grey", {"blue": 5000}))
    assert (live(world, feature), states(world, feature)) == (version, flag)
    assert world.flag(feature).version == edits
    assert added(rows) == {"Hold": -1, "PhaseStep": 1, "AuditRecord": 1}


def test_one_audit_row_tells_of_it_and_the_revision_grows(world: World, running: Experiment) -> None:
    started, before = audit_of(running)[-1], revision(world)

    pause(world, running, LATER)

    row = audit_of(running)[-1]
    assert (row.action, row.before, row.created_at) == ("experiment.pause", started.after, LATER)
    assert row.after == facts(started.after) | {"status": "PAUSED"}
    assert len(audit_of(running)) == 3
    assert revision(world) == before + 1
