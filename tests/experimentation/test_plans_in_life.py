"""What becomes of plans when experiments start, are copied, and are deleted."""

from datetime import timedelta

import pytest

from server.experimentation.models import Experiment, Metric, Plan, PlanMetric, Status
from server.experimentation.services.start_experiment import start_experiment
from server.projects.models import Versioning
from tests.experimentation.acting import bring_to, delete, duplicate, pause, start
from tests.experimentation.measuring import new_metric, plan_of, put_metric_away, redefine, set_plan
from tests.factories import NOW, World, new_author
from tests.rows import unchanged

LATER = NOW + timedelta(days=1)


@pytest.fixture
def metric(v2: World) -> Metric:
    return new_metric(v2, key="conversion")


def pinned(experiment: Experiment) -> list[list[tuple[str, int]]]:
    """The metrics of every plan, with the numbers of their versions."""
    plans = Plan.objects.filter(experiment=experiment).order_by("number")
    return [list(plan.metrics.values_list("version__metric__key", "version__number")) for plan in plans]


def test_a_start_pins_the_metrics_as_they_are_then(v2: World, metric: Metric) -> None:
    other = new_metric(v2, key="revenue")
    experiment = set_plan(v2, v2.experiment(), plan_of(metric, secondary=(other.pk,)))
    redefine(v2, metric)

    answer = start(v2, experiment, now=LATER)

    assert pinned(experiment) == [[("conversion", 1), ("revenue", 1)], [("conversion", 2), ("revenue", 1)]]
    newest = Plan.objects.get(experiment=experiment, number=2)
    assert answer.plans_in_force == [newest]
    assert (newest.created_at, newest.after_start, newest.after_results) == (LATER, False, False)
    first = Plan.objects.get(experiment=experiment, number=1)
    assert (newest.rule, newest.alpha, newest.scale) == (first.rule, first.alpha, first.scale)


def test_a_start_leaves_a_plan_that_is_up_to_date(v2: World, metric: Metric) -> None:
    experiment = set_plan(v2, v2.experiment(), plan_of(metric))
    metric_of_nobody = new_metric(v2)
    redefine(v2, metric_of_nobody)

    start(v2, experiment)

    assert pinned(experiment) == [[("conversion", 1)]]


def test_a_resume_changes_no_plan(v2: World, metric: Metric) -> None:
    experiment = pause(v2, start(v2, set_plan(v2, v2.experiment(), plan_of(metric))))
    redefine(v2, metric)

    start(v2, experiment)

    assert pinned(experiment) == [[("conversion", 1)]]


def test_whoever_starts_it_wrote_the_newer_plan(v2: World, metric: Metric) -> None:
    experiment = set_plan(v2, v2.experiment(), plan_of(metric))
    redefine(v2, metric)
    somebody = new_author(v2.organisation)

    with unchanged():
        start_experiment(experiment_id=experiment.pk, dry_run=True, author=somebody, now=NOW)
    start_experiment(experiment_id=experiment.pk, author=somebody, now=NOW)

    assert [plan.author_id for plan in Plan.objects.order_by("number")] == [v2.author.id, somebody.id]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.COMPLETED])
def test_a_copy_has_the_plan_with_its_metrics_as_they_are_now(v2: World, metric: Metric, status: Status) -> None:
    original = bring_to(v2, set_plan(v2, v2.experiment(), plan_of(metric)), status)
    set_plan(v2, original, plan_of(metric))
    redefine(v2, metric)
    put_metric_away(v2, metric)
    staging = v2.with_environment(Versioning.V2).environment

    copy = duplicate(v2, original, environment_id=staging.pk)

    assert (pinned(original), pinned(copy)) == ([[("conversion", 1)]], [[("conversion", 2)]])
    plan = Plan.objects.get(experiment=copy)
    assert (plan.number, plan.after_start, plan.changes_judgement, plan.scale) == (1, False, False, "RELATIVE")
    assert (copy.version, copy.plans_in_force) == (1, [plan])


def test_a_copy_of_what_has_no_plan_has_none(v2: World) -> None:
    original = bring_to(v2, v2.experiment(), Status.COMPLETED)

    assert duplicate(v2, original).plans_in_force == []


def test_with_a_deleted_draft_its_plans_go_and_the_metrics_stay(v2: World, metric: Metric) -> None:
    experiment = set_plan(v2, v2.experiment(), plan_of(metric))
    redefine(v2, metric)
    set_plan(v2, experiment, plan_of(metric))

    answer = delete(v2, experiment)

    assert (Plan.objects.count(), PlanMetric.objects.count()) == (0, 0)
    assert metric.versions.count() == 2
    (plan,) = answer.plans_in_force
    assert (plan.number, [each.version.number for each in plan.measured]) == (2, [2])
