"""Archiving: a completed experiment is left out of lists, and comes back."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from server.experimentation.models import Experiment, Status
from server.experimentation.refusals import ExperimentCompleted, IllegalTransition
from server.experimentation.selectors import experiments_for
from server.features.models import Feature
from tests.experimentation.acting import bring_to, edit, put_away
from tests.experimentation.reading import audit_of, facts, revision, states
from tests.factories import NOW, World
from tests.rows import unchanged


@pytest.fixture
def completed(world: World, feature: Feature) -> Experiment:
    return bring_to(world, world.experiment(feature), Status.COMPLETED)


def listed(world: World, archived: bool | None) -> list[Experiment]:
    return list(experiments_for(Experiment.objects.all(), world.author, archived=archived))


def test_it_goes_out_of_the_way_and_comes_back(world: World, feature: Feature, completed: Experiment) -> None:
    version, before = completed.version, states(world, feature)

    away = put_away(world, completed)
    lists = listed(world, False), listed(world, True), listed(world, None)
    back = put_away(world, completed, archived=False)

    assert (away.archived_at, away.status, away.version) == (NOW, "COMPLETED", version + 1)
    assert lists == ([], [completed], [completed])
    assert (back.archived_at, back.version) == (None, version + 2)
    assert (listed(world, False), listed(world, True)) == ([completed], [])
    assert states(world, feature) == before


def test_both_are_in_the_audit_log(world: World, completed: Experiment) -> None:
    at = revision(world)
    put_away(world, completed)
    put_away(world, completed, archived=False)

    rows = audit_of(completed)[-2:]
    assert [row.action for row in rows] == ["experiment.archive", "experiment.unarchive"]
    told = [(facts(row.before)["archived"], facts(row.after)["archived"]) for row in rows]
    assert (told, revision(world)) == ([(False, True), (True, False)], at + 2)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
@pytest.mark.parametrize("archived", [True, False])
def test_only_a_completed_one_can_be_archived(world: World, status: Status, archived: bool) -> None:
    experiment = bring_to(world, world.experiment(), status)

    with unchanged(), pytest.raises(IllegalTransition):
        put_away(world, experiment, archived=archived)


def test_where_it_is_already_is_refused(world: World, completed: Experiment) -> None:
    with unchanged(), pytest.raises(IllegalTransition, match="cannot be taken out of the archive"):
        put_away(world, completed, archived=False)
    put_away(world, completed)
    with unchanged(), pytest.raises(IllegalTransition, match="cannot be archived"):
        put_away(world, completed)


def test_an_archived_one_stays_as_it_is(world: World, completed: Experiment) -> None:
    put_away(world, completed)

    with unchanged(), pytest.raises(ExperimentCompleted):
        edit(world, completed, name="Other")


@pytest.mark.parametrize("make", [lambda w: w.experiment(), lambda w: bring_to(w, w.experiment(), "PAUSED")])
def test_the_database_archives_none_that_is_not_completed(v2: World, make: Callable[[World], Experiment]) -> None:
    make(v2)

    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.update(archived_at=NOW)
