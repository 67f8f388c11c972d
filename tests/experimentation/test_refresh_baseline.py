"""Asking for a baseline: one job waits, and nobody else's is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import NotFound
from server.events.models import Intake
from server.experimentation.jobs import compute_due_baselines
from server.experimentation.metrics.rows import MetricArchived, reference_to_metric
from server.experimentation.models import Metric
from server.experimentation.services.refresh_baseline import refresh_baseline
from server.projects.models import Versioning
from tests.experimentation.measuring import new_metric, put_metric_away
from tests.factories import NOW, World, new_author, new_world
from tests.races import race
from tests.rows import unchanged


def refresh(world: World, metric: Metric) -> Metric:
    return refresh_baseline(environment_id=world.environment.pk, metric_id=metric.pk, author=world.author)


def jobs() -> list[object]:
    """What the jobs that wait are called with."""
    return [job.args_kwargs["args"] for job in DBTaskResult.objects.filter(status=TaskResultStatus.READY)]


def test_a_worker_is_asked_and_asking_again_before_it_has_begun_changes_nothing(v2: World) -> None:
    metric, other = new_metric(v2), new_metric(v2)
    assert refresh(v2, metric) == metric

    with unchanged():
        refresh(v2, metric)
        refresh(v2, other)

    assert jobs() == [[v2.environment.pk]]


def test_once_it_has_begun_it_is_asked_again(v2: World) -> None:
    metric = new_metric(v2)
    refresh(v2, metric)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)

    refresh(v2, metric)

    assert jobs() == [[v2.environment.pk]]
    assert DBTaskResult.objects.count() == 2


def test_another_environments_job_is_another(v2: World) -> None:
    metric, staging = new_metric(v2), v2.with_environment(Versioning.V2)

    for place in (v2, staging):
        refresh(place, metric)

    assert sorted(jobs(), key=str) == sorted([[v2.environment.pk], [staging.environment.pk]], key=str)


def test_the_hourly_pass_asks_for_no_second_one_either(v2: World) -> None:
    metric = new_metric(v2)
    Intake.objects.create(environment=v2.environment, day=NOW.date(), stored=1, last_received_at=NOW)
    refresh(v2, metric)

    compute_due_baselines(now=NOW + timedelta(hours=1))

    assert jobs() == [[v2.environment.pk]]


def test_an_archived_metric_has_none(v2: World) -> None:
    metric = put_metric_away(v2, new_metric(v2))

    with unchanged(), pytest.raises(MetricArchived) as refused:
        refresh(v2, metric)

    assert (refused.value.code, refused.value.collides_with) == ("ARCHIVED", reference_to_metric(metric))
    assert refused.value.allowed == ("unarchiveMetric",)


def test_the_metric_is_one_of_the_environments_project(v2: World) -> None:
    foreign = new_metric(v2.with_project())

    with unchanged(), pytest.raises(NotFound) as refused:
        refresh(v2, foreign)

    assert refused.value.field == "metricId"


def test_for_strangers_there_is_no_such_environment(v2: World) -> None:
    metric, staging = new_metric(v2), v2.with_environment(Versioning.V2)
    there = new_author(v2.organisation, Role.OWNER, project_id=v2.project.pk, environment_id=staging.environment.pk)

    for stranger in (new_world().author, there):
        with unchanged(), pytest.raises(NotFound) as refused:
            refresh(replace(v2, author=stranger), metric)
        assert refused.value.field == "environmentId"


def test_a_viewer_may_not(v2: World) -> None:
    metric, viewer = new_metric(v2), new_author(v2.organisation, Role.VIEWER)

    with unchanged(), pytest.raises(MissingRole):
        refresh(replace(v2, author=viewer), metric)


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_ask_once() -> None:
    world = new_world(Versioning.V2)
    metric = new_metric(world)

    answers = race(lambda: refresh(world, metric), lambda: refresh(world, metric))

    assert answers == [metric, metric]
    assert jobs() == [[world.environment.pk]]
