"""The whole table of transitions: every status, every way out of it, and no other."""

from collections.abc import Callable

import pytest

from server.errors import Reference
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import IllegalTransition
from tests.experimentation.acting import bring_to, complete, delete, pause, start
from tests.factories import World
from tests.rows import unchanged

Transition = Callable[[World, Experiment], Experiment]

LEADS_TO: dict[tuple[Status, Transition], Status | None] = {
    (Status.DRAFT, start): Status.RUNNING,
    (Status.DRAFT, delete): None,
    (Status.RUNNING, pause): Status.PAUSED,
    (Status.RUNNING, complete): Status.COMPLETED,
    (Status.PAUSED, start): Status.RUNNING,
    (Status.PAUSED, complete): Status.COMPLETED,
}
TARGETS = {start: "started", pause: "paused", complete: "completed", delete: "deleted"}
TABLE = [(status, transition) for status in Status for transition in TARGETS]
ALLOWED = {
    Status.DRAFT: ("updateExperiment", "updateExperimentRollout", "startExperiment", "deleteExperiment"),
    Status.RUNNING: ("updateExperiment", "rampExperimentRollout", "pauseExperiment", "completeExperiment"),
    Status.PAUSED: ("updateExperiment", "updateExperimentRollout", "startExperiment", "completeExperiment"),
    Status.COMPLETED: ("duplicateExperiment", "revertCompletion", "archiveExperiment"),
}


@pytest.mark.parametrize(("status", "transition"), TABLE, ids=[f"{status}-{TARGETS[go]}" for status, go in TABLE])
def test_every_transition_from_every_status(world: World, status: Status, transition: Transition) -> None:
    experiment = bring_to(world, world.experiment(name="Colour"), status)

    if (status, transition) in LEADS_TO:
        transition(world, experiment)
        left = Experiment.objects.values_list("status", flat=True).first()
        assert left == LEADS_TO[status, transition]
        return

    with unchanged(), pytest.raises(IllegalTransition) as refused:
        transition(world, experiment)
    assert (refused.value.code, refused.value.status) == ("ILLEGAL_TRANSITION", status)
    assert (refused.value.target, refused.value.allowed) == (TARGETS[transition], ALLOWED[status])
    assert refused.value.collides_with == Reference("Experiment", experiment.pk, "Colour")
    told = "a draft" if status == Status.DRAFT else status.lower()
    assert refused.value.message == f"The experiment is {told}: it cannot be {TARGETS[transition]}."


def test_each_transition_raises_the_version_by_one(v2: World) -> None:
    experiment = v2.experiment()

    versions = [go(v2, experiment).version for go in (start, pause, start, complete)]

    assert versions == [2, 3, 4, 5]


def test_the_gate_keeps_its_salt_and_its_rules_through_a_whole_life(world: World) -> None:
    experiment = world.experiment()
    segment = experiment.rollout.segment
    before = list(segment.versions.values())

    for go in (start, pause, start, pause, complete):
        go(world, experiment)

    assert list(segment.versions.values()) == before
    experiment.refresh_from_db()
    assert before[0]["rules"]["conditions"][0]["salt"] == experiment.gate_salt
