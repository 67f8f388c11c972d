"""A plan is whole, pins its metrics, is fixed by the start, and remembers what could be known when it was written."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.accounts.permissions import MissingRole
from server.accounts.roles import Role
from server.errors import InvalidInput, NotFound
from server.experimentation.metrics.plans import AtHorizon, GuardrailRequest, PlanRequest
from server.experimentation.models import ComputationStatus, Experiment, Metric, Plan, Status
from server.experimentation.preview import Preview
from server.experimentation.refusals import ExperimentCompleted
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.stats.terms import Scale
from server.versioning.locks import VersionMoved
from tests.experimentation.acting import bring_to, pause, start
from tests.experimentation.measuring import (
    TERMS,
    compute,
    new_metric,
    plan_of,
    put_metric_away,
    redefine,
    set_plan,
)
from tests.experimentation.reading import audit_of, facts, problems, revision
from tests.factories import NOW, World, new_author, new_world
from tests.races import race
from tests.rows import unchanged

LATER = NOW + timedelta(days=1)
OTHER = replace(TERMS, alpha=0.01)


@pytest.fixture
def metrics(v2: World) -> list[Metric]:
    return [new_metric(v2, key=key) for key in ("conversion", "revenue", "errors")]


def whole(metrics: list[Metric], **changes: Any) -> PlanRequest:
    """A plan with a metric in each role."""
    conversion, revenue, errors = metrics
    guardrail = GuardrailRequest(errors.pk, 0.01, Scale.ABSOLUTE)
    return plan_of(conversion, secondary=(revenue.pk,), guardrails=(guardrail,), **changes)


def plans(experiment: Experiment) -> list[Plan]:
    return list(Plan.objects.filter(experiment=experiment).order_by("number"))


def flags_of(plan: Plan) -> tuple[bool, bool, bool]:
    return plan.after_start, plan.after_results, plan.changes_judgement


def test_it_is_stored_whole_with_its_metrics_as_they_are_now(v2: World, metrics: list[Metric]) -> None:
    experiment = v2.experiment()
    redefine(v2, metrics[0])

    answer = set_plan(v2, experiment, whole(metrics), now=LATER)

    (plan,) = plans(experiment)
    assert answer.plans_in_force == [plan]
    assert (plan.number, plan.created_at, plan.author_id, flags_of(plan)) == (
        1,
        LATER,
        v2.author.id,
        (False, False, False),
    )
    assert (plan.scale, plan.minimum_effect, plan.alpha, plan.power, plan.correction) == (
        "RELATIVE",
        0.05,
        0.05,
        0.8,
        "HOLM",
    )
    assert (plan.rule, plan.prior, plan.lookback_days, plan.dimensions, plan.expected_days) == (
        {"kind": "ALWAYS_VALID", "tuning": 5_000.0},
        None,
        14,
        [],
        None,
    )
    rows = plan.metrics.values_list(
        "position", "role", "version__metric__key", "version__number", "margin", "margin_scale"
    )
    assert list(rows) == [
        (0, "PRIMARY", "conversion", 2, None, ""),
        (1, "SECONDARY", "revenue", 1, None, ""),
        (2, "GUARDRAIL", "errors", 1, 0.01, "ABSOLUTE"),
    ]
    experiment.refresh_from_db()
    assert (experiment.version, experiment.updated_at) == (2, LATER)


def test_it_is_recorded_and_nothing_is_served_differently(v2: World, metrics: list[Metric]) -> None:
    experiment, before = v2.experiment(), revision(v2)
    before = revision(v2)

    set_plan(v2, experiment, whole(metrics))

    row = audit_of(experiment)[-1]
    assert (row.action, row.environment_id) == ("experiment.set_plan", v2.environment.pk)
    assert (facts(row.before)["plan"], facts(row.before)["key"]) == (None, experiment.key)
    after = facts(row.after)["plan"]
    assert after["metrics"] == [
        {"metricId": metrics[0].pk, "key": "conversion", "version": 1, "role": "PRIMARY"},
        {"metricId": metrics[1].pk, "key": "revenue", "version": 1, "role": "SECONDARY"},
        {
            "metricId": metrics[2].pk,
            "key": "errors",
            "version": 1,
            "role": "GUARDRAIL",
            "margin": 0.01,
            "marginScale": "ABSOLUTE",
        },
    ]
    assert {name: fact for name, fact in after.items() if name != "metrics"} == {
        "number": 1,
        "scale": "RELATIVE",
        "minimumEffect": 0.05,
        "alpha": 0.05,
        "power": 0.8,
        "rule": {"kind": "ALWAYS_VALID", "tuning": 5_000.0},
        "expectedDays": None,
        "prior": None,
        "correction": "HOLM",
        "lookbackDays": 14,
        "dimensions": [],
        "afterStart": False,
        "afterResults": False,
        "changesJudgement": False,
    }
    assert revision(v2) == before


def test_another_plan_is_another_row_and_the_newest_is_in_force(v2: World, metrics: list[Metric]) -> None:
    experiment = set_plan(v2, v2.experiment(), whole(metrics))
    stored = Plan.objects.values().get()

    answer = set_plan(v2, experiment, plan_of(metrics[1], OTHER))

    first, second = plans(experiment)
    assert Plan.objects.values().get(pk=first.pk) == stored
    assert (second.number, second.alpha, flags_of(second)) == (2, 0.01, (False, False, True))
    assert (answer.plans_in_force, answer.version) == ([second], 3)
    row = audit_of(experiment)[-1]
    assert (facts(row.before)["plan"]["number"], facts(row.after)["plan"]["number"]) == (1, 2)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED, Status.COMPLETED])
def test_setting_what_is_in_force_writes_nothing(v2: World, metrics: list[Metric], status: Status) -> None:
    experiment = bring_to(v2, set_plan(v2, v2.experiment(), whole(metrics)), status)

    with unchanged():
        answer = set_plan(v2, experiment, whole(metrics), now=LATER)

    assert answer.version == experiment.version


def test_a_metric_that_means_something_else_makes_another_plan(v2: World, metrics: list[Metric]) -> None:
    experiment = set_plan(v2, v2.experiment(), whole(metrics))
    redefine(v2, metrics[1])

    set_plan(v2, experiment, whole(metrics))
    redefine(v2, metrics[0])
    set_plan(v2, experiment, whole(metrics))

    assert [plan.changes_judgement for plan in plans(experiment)] == [False, False, True]


def test_what_comes_after_the_start_and_after_results_says_so(v2: World, metrics: list[Metric]) -> None:
    experiment = start(v2, set_plan(v2, v2.experiment(), whole(metrics)))

    set_plan(v2, experiment, whole(metrics, terms=OTHER))
    compute(experiment, ComputationStatus.FAILED)
    set_plan(v2, experiment, whole(metrics))
    compute(experiment)
    set_plan(v2, experiment, whole(metrics, terms=replace(TERMS, expected_days=9.0)))
    set_plan(v2, pause(v2, experiment), whole(metrics, terms=OTHER))

    assert [flags_of(plan) for plan in plans(experiment)] == [
        (False, False, False),
        (True, False, True),
        (True, False, True),
        (True, True, False),
        (True, True, True),
    ]


def test_a_first_plan_changes_no_judgement(v2: World, metrics: list[Metric]) -> None:
    experiment = start(v2, v2.experiment())
    compute(experiment)

    set_plan(v2, experiment, whole(metrics))

    assert flags_of(plans(experiment)[0]) == (True, True, False)


def test_a_completed_experiment_keeps_its_plan(v2: World, metrics: list[Metric]) -> None:
    experiment = bring_to(v2, set_plan(v2, v2.experiment(), whole(metrics)), Status.COMPLETED)

    with unchanged(), pytest.raises(ExperimentCompleted):
        set_plan(v2, experiment, whole(metrics, terms=OTHER))


def test_every_problem_is_told_at_once(v2: World, metrics: list[Metric]) -> None:
    elsewhere = new_metric(v2.with_project())
    experiment = v2.experiment()
    put_metric_away(v2, metrics[1])
    bad = replace(TERMS, minimum_effect=-1.0, rule=AtHorizon(), dimensions=("",))

    with unchanged(), pytest.raises(InvalidInput) as refused:
        set_plan(v2, experiment, replace(whole(metrics, terms=bad), primary=elsewhere.pk))

    assert problems(refused) == [
        ("plan.primaryMetricId", "UNKNOWN_METRIC"),
        ("plan.secondaryMetricIds.0", "ARCHIVED"),
        ("plan.minimumEffect", "OUT_OF_RANGE"),
        ("plan.rule.fixedHorizon", "MISSING_VALUE"),
        ("plan.dimensions.0", "BLANK"),
    ]


def test_an_archived_metric_stays_in_the_plan_that_has_it(v2: World, metrics: list[Metric]) -> None:
    experiment = set_plan(v2, v2.experiment(), whole(metrics))
    for metric in metrics:
        put_metric_away(v2, metric)

    set_plan(v2, experiment, whole(metrics, terms=OTHER))

    assert [plan.metrics.count() for plan in plans(experiment)] == [3, 3]


def test_a_plan_for_another_version_is_refused(v2: World, metrics: list[Metric]) -> None:
    experiment = set_plan(v2, v2.experiment(), whole(metrics))

    with unchanged(), pytest.raises(VersionMoved):
        set_plan(v2, experiment, whole(metrics, terms=OTHER), expected_version=1)

    assert set_plan(v2, experiment, whole(metrics, terms=OTHER), expected_version=2).version == 3


def test_a_dry_run_checks_everything_and_writes_nothing(v2: World, metrics: list[Metric]) -> None:
    experiment = start(v2, v2.experiment())
    asked = {"experiment_id": experiment.pk, "dry_run": True, "author": v2.author, "now": NOW}

    with unchanged():
        answer = set_experiment_plan(plan=whole(metrics), **asked)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            set_experiment_plan(plan=whole(metrics, terms=replace(TERMS, alpha=2.0)), **asked)  # type: ignore[arg-type]

    assert isinstance(answer, Preview)
    assert (answer.impact.phase_action, answer.impact.buckets_moved, answer.impact.units_affected) == (
        "CONTINUES",
        0,
        0,
    )


def test_an_editor_of_the_environment_may_and_nobody_below(v2: World, metrics: list[Metric]) -> None:
    experiment = v2.experiment()
    place = {"project_id": v2.project.pk, "environment_id": v2.environment.pk}
    viewer, editor = (new_author(v2.organisation, role, **place) for role in (Role.VIEWER, Role.EDITOR))

    with unchanged(), pytest.raises(MissingRole):
        set_experiment_plan(experiment_id=experiment.pk, plan=whole(metrics), author=viewer, now=NOW)

    set_experiment_plan(experiment_id=experiment.pk, plan=whole(metrics), author=editor, now=NOW)
    assert len(plans(experiment)) == 1


def test_another_tenants_experiment_and_metrics_are_not_found(v2: World, metrics: list[Metric]) -> None:
    elsewhere = new_world()
    theirs, foreign, mine = elsewhere.experiment(), new_metric(elsewhere), v2.experiment()

    with unchanged():
        with pytest.raises(NotFound):
            set_plan(v2, theirs, whole(metrics))
        with pytest.raises(InvalidInput) as refused:
            set_plan(v2, mine, plan_of(foreign))

    assert problems(refused) == [("plan.primaryMetricId", "UNKNOWN_METRIC")]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_come_one_after_the_other(v2: World, metrics: list[Metric]) -> None:
    experiment = v2.experiment()

    answers = race(
        lambda: set_plan(v2, experiment, whole(metrics)),
        lambda: set_plan(v2, experiment, whole(metrics, terms=OTHER)),
    )

    assert [type(answer) for answer in answers] == [Experiment, Experiment], answers
    assert [plan.number for plan in plans(experiment)] == [1, 2]
