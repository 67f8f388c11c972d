"""Widening the gate of a running experiment: the phase goes on, and nothing else changes."""

from datetime import timedelta

import pytest

from server.errors import Reference
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import IllegalTransition, NotWider
from server.features.models import Feature
from server.versioning.locks import VersionMoved
from tests.experimentation.acting import bring_to, pause, ramp, start
from tests.experimentation.reading import (
    added,
    audit_of,
    counts,
    facts,
    gate_of,
    live,
    phases_of,
    revision,
    rollout_of,
    served,
    steps_of,
)
from tests.factories import NOW, World
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def running(world: World, feature: Feature) -> Experiment:
    """A fifth of the units in the gate."""
    return start(world, world.experiment(feature))


def test_the_gate_widens_and_the_step_is_recorded(world: World, feature: Feature, running: Experiment) -> None:
    gate, before, phase, rows = rollout_of(running).gate, revision(world), phases_of(running), counts()
    (own, state), *_ = served(world, feature)[0]
    version = world.flag(feature).version

    answer = ramp(world, running, 30.5, now=LATER)

    rollout = rollout_of(running)
    assert gate_of(running) == (3050, running.gate_salt)
    assert (rollout.gate.number, rollout.segment.current, rollout.segment.is_open) == (2, rollout.gate, True)
    assert gate.rules["conditions"][0]["percentage"] == 2000
    assert phases_of(running) == phase == answer.open_phases
    assert steps_of(phase[0]) == [("OPENED", 2000), ("RAMPED", 3050)]
    assert (answer.status, answer.version, answer.updated_at) == ("RUNNING", 3, LATER)
    assert (served(world, feature)[0], world.flag(feature).version) == ([(own, state)], version)
    assert added(rows) == {"SegmentVersion": 1, "PhaseStep": 1, "AuditRecord": 1}
    assert revision(world) == before + 1


def test_no_flag_version_is_published_and_the_split_stays(world: World, feature: Feature, running: Experiment) -> None:
    version, state = live(world, feature), rollout_of(running).state

    ramp(world, running, 100)

    assert (live(world, feature), rollout_of(running).state) == (version, state)


def test_it_is_in_the_audit_log(world: World, running: Experiment) -> None:
    ramp(world, running, 30)

    row = audit_of(running)[-1]
    assert (row.action, row.author_id) == ("experiment.ramp", world.author.id)
    gates = [facts(told)["rollout"]["gateBasisPoints"] for told in (row.before, row.after)]
    assert gates == [2000, 3000]


@pytest.mark.parametrize("percentage", [20, 19.99, 0])
def test_the_percentage_that_it_has_or_less_is_refused(world: World, running: Experiment, percentage: float) -> None:
    with unchanged(), pytest.raises(NotWider, match=r"The gate is at 20 %") as refused:
        ramp(world, running, percentage)

    told = refused.value
    assert (told.code, told.current, told.asked) == ("NOT_WIDER", 2000, round(percentage * 100))
    assert told.collides_with == Reference("Experiment", running.pk, running.name)
    assert told.allowed == ("pauseExperiment, then updateExperimentRollout",)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED, Status.COMPLETED])
def test_only_while_it_runs(world: World, status: Status) -> None:
    experiment = bring_to(world, world.experiment(), status)

    with unchanged(), pytest.raises(IllegalTransition, match="cannot be ramped") as refused:
        ramp(world, experiment, 50)

    assert refused.value.status == status


def test_a_ramp_for_a_version_that_was_is_refused(world: World, running: Experiment) -> None:
    with unchanged(), pytest.raises(VersionMoved):
        ramp(world, running, 50, expected_version=1)

    assert ramp(world, running, 50, expected_version=2).version == 3


def test_ramps_after_a_pause_go_on_in_the_phase(world: World, running: Experiment) -> None:
    ramp(world, running, 30)
    pause(world, running)
    start(world, running)
    ramp(world, running, 40)

    (phase,) = phases_of(running)
    assert steps_of(phase) == [("OPENED", 2000), ("RAMPED", 3000), ("PAUSED", 0), ("RESUMED", 3000), ("RAMPED", 4000)]
