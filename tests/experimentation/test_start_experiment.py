"""Starting and resuming: the gate opens, the holds are placed, and no flag version is published."""

from datetime import timedelta

import pytest

from server.errors import Reference
from server.experimentation.models import Experiment
from server.experimentation.refusals import FeatureArchived, NothingToCompare, RolloutMissing
from server.features.models import Feature
from server.versioning.models import FlagVersion
from tests.experimentation.acting import archive, change_feature, change_flag, override, pause, set_rollout, start
from tests.experimentation.reading import (
    added,
    audit_of,
    counts,
    facts,
    holds,
    live,
    revision,
    rollout_of,
    served,
    states,
)
from tests.factories import NOW, World, split_of
from tests.rows import unchanged

LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(days=1)


def test_from_the_start_the_units_in_the_gate_get_the_split(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 50}))
    own = rollout_of(experiment).segment_id
    assert served(world, feature) == ([], (True, "grey", {}))

    answer = start(world, experiment, LATER)

    assert served(world, feature) == ([(own, (True, "grey", {"blue": 5000}))], (True, "grey", {}))
    assert rollout_of(experiment).segment.updated_at == LATER
    assert (answer.status, answer.version, answer.started_at, answer.updated_at) == (
        "RUNNING",
        2,
        LATER,
        LATER,
    )
    stored = Experiment.objects.get()
    assert (stored.status, stored.version, stored.started_at, stored.updated_at) == (
        "RUNNING",
        2,
        LATER,
        LATER,
    )
    assert (stored.ended_at, stored.receipt) == (None, None)


def test_no_flag_version_is_published(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    version, before = world.flag(feature).version, (live(world, feature), states(world, feature), counts())

    start(world, experiment)

    assert (live(world, feature), states(world, feature)) == before[:2]
    assert world.flag(feature).version == version
    assert added(before[2]) == {"Hold": 2, "Phase": 1, "PhaseStep": 1, "AuditRecord": 1}


def test_holds_are_placed_on_what_the_experiment_stands_on(world: World, feature: Feature) -> None:
    ahead, behind = world.segment(), world.segment()
    change_flag(world, feature, override(ahead), override(behind))
    experiment = world.experiment(feature, rollout=split_of(feature, priority=2))
    own = rollout_of(experiment).segment_id
    assert holds() == [("OVERRIDE", own)]

    start(world, experiment)

    running = sorted([("OVERRIDE", own), ("AHEAD", own), ("FEATURE", None), ("RULES", ahead.pk)], key=str)
    assert holds() == running
    pause(world, experiment)
    assert holds() == [("FEATURE", None), ("OVERRIDE", own)]
    start(world, experiment)
    assert holds() == running


def test_one_audit_row_tells_of_it(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    (created,) = audit_of(experiment)

    start(world, experiment, LATER)

    (row,) = audit_of(experiment)[1:]
    assert (row.action, row.created_at, row.author_id) == ("experiment.start", LATER, world.author.id)
    assert row.before == created.after
    assert row.after == facts(created.after) | {"status": "RUNNING"}


def test_the_revision_grows(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    before = revision(world)

    start(world, experiment)

    assert revision(world) == before + 1


def test_resuming_keeps_the_first_start_and_serves_the_rollout_as_it_is_now(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, {"blue": 50}))
    start(world, experiment, LATER)
    pause(world, experiment, LATER)
    set_rollout(world, experiment, split_of(feature, {"red": 60}))

    answer = start(world, experiment, MUCH_LATER)

    assert (answer.status, answer.started_at, answer.updated_at) == ("RUNNING", LATER, MUCH_LATER)
    own = rollout_of(experiment).segment_id
    assert served(world, feature)[0] == [(own, (True, "grey", {"red": 6000}))]


def test_an_experiment_starts_with_a_rollout(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=None)

    with unchanged(), pytest.raises(RolloutMissing) as refused:
        start(world, experiment)

    assert (refused.value.code, refused.value.allowed) == ("ROLLOUT_MISSING", ("updateExperimentRollout",))
    assert refused.value.collides_with == Reference("Experiment", experiment.pk, experiment.name)
    set_rollout(world, experiment, split_of(feature))
    assert start(world, experiment).status == "RUNNING"


def test_an_archived_feature_takes_no_running_experiment(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature)
    archive(world, feature)

    with unchanged(), pytest.raises(FeatureArchived) as refused:
        start(world, experiment)

    assert refused.value.code == "ARCHIVED"
    assert refused.value.collides_with == Reference("Feature", feature.pk, "colour")


def test_an_experiment_whose_options_are_gone_has_nothing_to_compare(world: World, feature: Feature) -> None:
    experiment = world.experiment(feature, rollout=split_of(feature, {}))
    change_feature(world, feature, remove_options=[option.pk for option in feature.options.all()])

    with unchanged(), pytest.raises(NothingToCompare) as refused:
        start(world, experiment)

    assert refused.value.code == "NOT_MULTIVARIATE"
    assert refused.value.collides_with == Reference("Feature", feature.pk, "colour")


def test_the_past_of_the_flag_is_as_it_was(v2: World) -> None:
    feature = v2.feature()
    experiment = v2.experiment(feature)
    before = list(FlagVersion.objects.order_by("pk").values())

    start(v2, experiment)

    assert list(FlagVersion.objects.order_by("pk").values()) == before
