"""Deleting a draft: it leaves the flag, and the past of the flag stays readable."""

from datetime import timedelta

import pytest

from server.errors import NotFound
from server.experimentation.models import Experiment, Rollout
from server.features.models import Feature, Segment
from server.projects.models import Versioning
from tests.experimentation.acting import change_flag, delete, override
from tests.experimentation.reading import (
    actions,
    audit_of,
    holds,
    live,
    revision,
    rollout_of,
    state_of,
    states,
    states_of,
)
from tests.factories import NOW, World
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)


def test_a_draft_goes_with_its_rollout_its_override_and_its_hold(world: World, feature: Feature) -> None:
    plain = world.segment()
    change_flag(world, feature, override(plain, value="gold"))
    before = states(world, feature)
    experiment = world.experiment(feature, name="Colour")

    answer = delete(world, experiment)

    assert (answer.pk, answer.name, answer.status) == (experiment.pk, "Colour", "DRAFT")
    assert not Experiment.objects.exists()
    assert not Rollout.objects.exists()
    assert holds() == []
    assert states(world, feature) == before


def test_its_segment_is_gone_for_the_living_and_kept_for_the_past(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    rollout, then = rollout_of(experiment), live(world, feature)

    delete(world, experiment)

    segment = Segment.objects.get(pk=rollout.segment_id)
    assert (segment.is_system, segment.is_open) == (True, False)
    assert segment.removed_at == NOW
    if world.environment.versioning == Versioning.V2:
        assert states_of(then)[0] == [(segment.pk, state_of(rollout.state))]
        assert (live(world, feature).based_on, live(world, feature).cause) == (then, "EXPERIMENT_DELETED")


def test_one_audit_row_tells_of_it_and_the_revision_grows(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    before, log, (created,) = revision(world), actions(), audit_of(experiment)

    delete(world, experiment)

    assert actions() == [*log, "experiment.delete"]
    row = audit_of(experiment)[-1]
    assert (row.before, row.after, row.object_name) == (created.after, None, experiment.name)
    assert revision(world) == before + 1


def test_a_draft_without_a_rollout_goes_and_leaves_the_flag_alone(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None)
    before = (live(world, feature), states(world, feature), world.flag(feature).version)

    delete(world, experiment)

    assert not Experiment.objects.exists()
    assert (live(world, feature), states(world, feature), world.flag(feature).version) == before


def test_what_is_deleted_is_not_found_any_more(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    delete(world, experiment)

    with unchanged(), pytest.raises(NotFound):
        delete(world, experiment)
