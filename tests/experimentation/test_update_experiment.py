"""Changing name and hypothesis: in every status but the last, and nothing that is served."""

from datetime import timedelta
from typing import Any

import pytest

from server.errors import InvalidInput, Reference
from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import ExperimentCompleted
from server.experimentation.services.update_experiment import update_experiment
from server.features.models import Feature, Hold
from server.versioning.locks import VersionMoved
from tests.experimentation.acting import bring_to
from tests.experimentation.reading import added, audit_of, counts, facts, live, problems, revision, states
from tests.factories import NOW, World
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)


def update(world: World, experiment: Experiment, **change: Any) -> Experiment:
    return update_experiment(experiment_id=experiment.pk, author=world.author, now=LATER, **change)


@pytest.fixture
def experiment(world: World, feature: Feature) -> Experiment:
    """A draft called Colour."""
    return world.experiment(feature, name="Colour", hypothesis="Green sells.")


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_name_and_hypothesis_change_and_nothing_else(
    world: World, feature: Feature, experiment: Experiment, status: Status
) -> None:
    experiment = bring_to(world, experiment, status)
    flag, rows, revised = (live(world, feature), states(world, feature)), counts(), revision(world)
    before = Experiment.objects.values().get()

    answer = update(world, experiment, name="Shade", hypothesis="")

    assert Experiment.objects.values().get() == before | {
        "name": "Shade",
        "hypothesis": "",
        "version": before["version"] + 1,
        "updated_at": LATER,
    }
    assert (answer.name, answer.hypothesis, answer.key) == ("Shade", "", "colour")
    assert answer.version == before["version"] + 1
    assert added(rows) == {"AuditRecord": 1}
    assert (live(world, feature), states(world, feature)) == flag
    assert revision(world) == revised


def test_what_is_left_out_stays(world: World, experiment: Experiment) -> None:
    update(world, experiment, name="Shade")
    update(world, experiment, hypothesis="Blue sells.")

    experiment.refresh_from_db()
    assert (experiment.name, experiment.hypothesis, experiment.version) == ("Shade", "Blue sells.", 3)


def test_one_audit_row_tells_what_was_before_and_after(world: World, experiment: Experiment) -> None:
    (created,) = audit_of(experiment)

    update(world, experiment, name="Shade")

    (row,) = audit_of(experiment)[1:]
    assert (row.action, row.object_name, row.created_at) == ("experiment.update", "Shade", LATER)
    assert row.before == created.after
    assert row.after == facts(created.after) | {"name": "Shade"}


def test_holds_name_the_experiment_by_its_new_name(world: World, experiment: Experiment) -> None:
    bring_to(world, experiment, Status.RUNNING)

    update(world, experiment, name="Shade")

    assert list(Hold.objects.values_list("holder_name", flat=True)) == ["Shade"] * 3


@pytest.mark.parametrize("status", Status)
def test_a_change_that_changes_nothing_is_accepted_and_writes_nothing(
    world: World, experiment: Experiment, status: Status
) -> None:
    experiment = bring_to(world, experiment, status)

    with unchanged():
        update(world, experiment)
        answer = update(world, experiment, name="Colour", hypothesis="Green sells.")

    assert answer.version == experiment.version


def test_a_completed_experiment_stays_as_it_is(world: World, experiment: Experiment) -> None:
    bring_to(world, experiment, Status.COMPLETED)

    with unchanged(), pytest.raises(ExperimentCompleted) as refused:
        update(world, experiment, name="Shade")

    assert (refused.value.code, refused.value.allowed) == (
        "EXPERIMENT_COMPLETED",
        ("duplicateExperiment", "revertCompletion", "archiveExperiment"),
    )
    assert refused.value.holder == Reference("Experiment", experiment.pk, "Colour")


def test_every_problem_is_told_at_once(world: World, experiment: Experiment) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, experiment, name="\0" * 201, hypothesis="\ud800" * 5001)

    assert problems(refused) == [
        ("input.name", "TOO_LONG"),
        ("input.name", "BAD_TEXT"),
        ("input.hypothesis", "TOO_LONG"),
        ("input.hypothesis", "BAD_TEXT"),
    ]


def test_a_name_is_not_blank(world: World, experiment: Experiment) -> None:
    with unchanged(), pytest.raises(InvalidInput) as refused:
        update(world, experiment, name=" ")

    assert problems(refused) == [("input.name", "BLANK")]


def test_an_edit_made_for_another_version_is_refused(world: World, experiment: Experiment) -> None:
    update(world, experiment, name="Shade", expected_version=1)

    with unchanged(), pytest.raises(VersionMoved) as refused:
        update(world, experiment, name="Hue", expected_version=1)

    assert (refused.value.code, refused.value.expected, refused.value.actual) == ("VERSION_MOVED", 1, 2)
    assert refused.value.collides_with == Reference("Experiment", experiment.pk, "Shade")
