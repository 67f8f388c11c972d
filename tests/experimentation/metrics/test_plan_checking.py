"""What a plan may be: each rule with its path and code, and all problems at once."""

import math
from dataclasses import replace
from typing import Any

import pytest

from server.experimentation.metrics.plan_checking import (
    LEAST_DEVIATION,
    MAX_DIMENSIONS,
    MAX_METRICS,
    MAX_NUMBER,
    MAX_UNITS,
    plan_problems,
)
from server.experimentation.metrics.plans import (
    AnyTime,
    AtHorizon,
    Correction,
    GuardrailRequest,
    Pinned,
    Planned,
    PlanRequest,
    PlanTerms,
    columns_of,
    planned_in,
)
from server.experimentation.models import Metric, MetricRole, Plan, PlanMetric
from server.experimentation.stats.analysis import Question, analyse
from server.experimentation.stats.bayes import NormalPrior, Posterior
from server.experimentation.stats.samples import MeanSums
from server.experimentation.stats.sequential import TUNING
from server.experimentation.stats.terms import Direction, Scale
from tests.factories import NOW

METRICS = {pk: Metric(pk=pk) for pk in range(1, 41)}
METRICS[40].archived_at = NOW
TERMS = PlanTerms(Scale.RELATIVE, 0.05)
RICH = PlanTerms(
    scale=Scale.ABSOLUTE,
    minimum_effect=0.0,
    alpha=0.01,
    power=0.9,
    rule=AtHorizon(units=10_000, days=14.0),
    expected_days=21.5,
    prior=NormalPrior(0.0, 0.1, Scale.RELATIVE),
    correction=Correction.BENJAMINI_HOCHBERG,
    lookback_days=0,
    dimensions=("browser", "country"),
)


def found(terms: PlanTerms = TERMS, primary: int = 1, already: set[int] | None = None, **rest: Any) -> list[Any]:
    """Path below the plan, and code, of each problem."""
    problems = plan_problems(PlanRequest(primary, terms, **rest), METRICS, already=already or set())
    assert all(problem.path[0] == "plan" for problem in problems)
    return [(".".join(map(str, problem.path[1:])), problem.code) for problem in problems]


def guardrail(metric_id: int, margin: float = 0.01) -> GuardrailRequest:
    return GuardrailRequest(metric_id, margin, Scale.RELATIVE)


def test_what_is_left_out_has_its_default() -> None:
    assert columns_of(TERMS) == {
        "scale": "RELATIVE",
        "minimum_effect": 0.05,
        "alpha": 0.05,
        "power": 0.8,
        "rule": {"kind": "ALWAYS_VALID", "tuning": TUNING},
        "expected_days": None,
        "prior": None,
        "correction": "HOLM",
        "lookback_days": 14,
        "dimensions": [],
    }


def test_everything_is_stored_and_read_back_the_same() -> None:
    pinned = (Pinned(5, MetricRole.PRIMARY), Pinned(6, MetricRole.GUARDRAIL, 0.01, Scale.ABSOLUTE))
    rows = [
        PlanMetric(version_id=5, role="PRIMARY", margin=None, margin_scale=""),
        PlanMetric(version_id=6, role="GUARDRAIL", margin=0.01, margin_scale="ABSOLUTE"),
    ]

    for terms in (TERMS, RICH):
        assert planned_in(Plan(**columns_of(terms)), rows) == Planned(terms, pinned)
    assert columns_of(RICH)["rule"] == {"kind": "FIXED_HORIZON", "units": 10_000, "days": 14.0}
    assert columns_of(RICH)["prior"] == {"mean": 0.0, "standardDeviation": 0.1, "scale": "RELATIVE"}


def test_plans_with_everything_or_nothing_more_are_right() -> None:
    assert found() == []
    assert found(RICH, secondary=(2, 3), guardrails=(guardrail(4, 0.0),)) == []


def test_each_metric_is_the_projects_and_in_the_plan_once() -> None:
    assert found(primary=99, secondary=(2, 1, 98, 2), guardrails=(guardrail(2), guardrail(97), guardrail(5))) == [
        ("primaryMetricId", "UNKNOWN_METRIC"),
        ("secondaryMetricIds.2", "UNKNOWN_METRIC"),
        ("secondaryMetricIds.3", "DUPLICATE_METRIC"),
        ("guardrails.0.metricId", "DUPLICATE_METRIC"),
        ("guardrails.1.metricId", "UNKNOWN_METRIC"),
    ]
    assert found(secondary=(1,)) == [("secondaryMetricIds.0", "DUPLICATE_METRIC")]


def test_an_archived_metric_stays_where_it_is_and_comes_into_no_other_plan() -> None:
    assert found(secondary=(40,)) == [("secondaryMetricIds.0", "ARCHIVED")]
    assert found(secondary=(40,), already={40}) == []


def test_there_are_at_most_thirty_metrics() -> None:
    assert found(secondary=tuple(range(2, 29)), guardrails=(guardrail(30), guardrail(31))) == []
    many = tuple(range(2, MAX_METRICS + 2))
    assert found(secondary=many) == [("", "TOO_MANY")]


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"minimum_effect": -0.01}, "minimumEffect", "OUT_OF_RANGE"),
        ({"minimum_effect": math.nan}, "minimumEffect", "OUT_OF_RANGE"),
        ({"minimum_effect": math.inf}, "minimumEffect", "OUT_OF_RANGE"),
        ({"minimum_effect": None}, "minimumEffect", "WRONG_TYPE"),
        ({"alpha": 0.0}, "alpha", "OUT_OF_RANGE"),
        ({"alpha": 0.51}, "alpha", "OUT_OF_RANGE"),
        ({"alpha": math.nan}, "alpha", "OUT_OF_RANGE"),
        ({"power": 0.49}, "power", "OUT_OF_RANGE"),
        ({"power": 1.0}, "power", "OUT_OF_RANGE"),
        ({"alpha": 0.5, "power": 0.5}, "power", "OUT_OF_RANGE"),
        ({"alpha": 0.5, "power": None}, "power", "WRONG_TYPE"),
        ({"rule": AnyTime(0.5)}, "rule.alwaysValid.tuning", "OUT_OF_RANGE"),
        ({"rule": AnyTime(math.inf)}, "rule.alwaysValid.tuning", "OUT_OF_RANGE"),
        ({"rule": AtHorizon()}, "rule.fixedHorizon", "MISSING_VALUE"),
        ({"rule": AtHorizon(units=-1)}, "rule.fixedHorizon.units", "OUT_OF_RANGE"),
        ({"rule": AtHorizon(units=MAX_UNITS + 1)}, "rule.fixedHorizon.units", "OUT_OF_RANGE"),
        ({"rule": AtHorizon(days=math.nan)}, "rule.fixedHorizon.days", "OUT_OF_RANGE"),
        ({"rule": AtHorizon(days=3_651)}, "rule.fixedHorizon.days", "OUT_OF_RANGE"),
        ({"expected_days": 0.0}, "expectedDays", "OUT_OF_RANGE"),
        ({"expected_days": 3_651.0}, "expectedDays", "OUT_OF_RANGE"),
        ({"prior": NormalPrior(math.nan, 1.0, Scale.ABSOLUTE)}, "prior.mean", "OUT_OF_RANGE"),
        ({"prior": NormalPrior(0.0, 0.0, Scale.ABSOLUTE)}, "prior.standardDeviation", "OUT_OF_RANGE"),
        ({"prior": NormalPrior(0.0, 1e-51, Scale.ABSOLUTE)}, "prior.standardDeviation", "OUT_OF_RANGE"),
        ({"prior": NormalPrior(0.0, MAX_NUMBER * 2, Scale.ABSOLUTE)}, "prior.standardDeviation", "OUT_OF_RANGE"),
        ({"lookback_days": -1}, "lookbackDays", "OUT_OF_RANGE"),
        ({"lookback_days": 91}, "lookbackDays", "OUT_OF_RANGE"),
        ({"dimensions": ("",)}, "dimensions.0", "BLANK"),
        ({"dimensions": ("x" * 101,)}, "dimensions.0", "TOO_LONG"),
        ({"dimensions": ("a", "b", "a")}, "dimensions.2", "DUPLICATE_DIMENSION"),
        ({"dimensions": tuple("abcdef")}, "dimensions", "TOO_MANY"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], path: str, code: str) -> None:
    assert found(replace(TERMS, **changes)) == [(path, code)]


@pytest.mark.parametrize(
    "changes",
    [
        {"alpha": 0.0001},
        {"alpha": 0.5, "power": 0.51},
        {"alpha": 0.49, "power": 0.5},
        {"power": 0.999},
        {"rule": AnyTime(1)},
        {"rule": AtHorizon(units=1)},
        {"rule": AtHorizon(days=0.5)},
        {"lookback_days": 90},
        {"dimensions": tuple("abcde"[:MAX_DIMENSIONS])},
    ],
)
def test_bounds_are_within(changes: dict[str, Any]) -> None:
    assert found(replace(TERMS, **changes)) == []


@pytest.mark.parametrize("scale", Scale)
@pytest.mark.parametrize("mean", [-MAX_NUMBER, 0.0, MAX_NUMBER])
@pytest.mark.parametrize("deviation", [LEAST_DEVIATION, MAX_NUMBER])
def test_with_every_prior_that_a_plan_may_have_there_is_a_posterior(
    scale: Scale, mean: float, deviation: float
) -> None:
    prior = NormalPrior(mean, deviation, scale)
    question = Question(Scale.ABSOLUTE, Direction.HIGHER_IS_BETTER, 0.05, TUNING, prior)
    arms = [MeanSums(1_000, 1e-3, 1e-6), MeanSums(1_000, 1e9, 1e18)]

    (treatment,) = analyse(arms[0], arms[1:], question).treatments

    assert found(replace(TERMS, prior=prior)) == []
    assert isinstance(treatment.posterior, Posterior)
    assert math.isfinite(treatment.posterior.mean)
    assert treatment.posterior.standard_deviation > 0


@pytest.mark.parametrize("margin", [-0.01, math.nan, math.inf, MAX_NUMBER * 2])
def test_a_margin_is_what_may_be_lost(margin: float) -> None:
    assert found(guardrails=(guardrail(2), guardrail(3, margin))) == [("guardrails.1.margin", "OUT_OF_RANGE")]


BASE = Planned(TERMS, (Pinned(1, MetricRole.PRIMARY), Pinned(2, MetricRole.SECONDARY)))
GUARDED = replace(BASE, metrics=(*BASE.metrics, Pinned(3, MetricRole.GUARDRAIL, 0.01, Scale.RELATIVE)))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, terms=replace(TERMS, scale=Scale.ABSOLUTE)),
        replace(BASE, terms=replace(TERMS, minimum_effect=0.06)),
        replace(BASE, terms=replace(TERMS, alpha=0.04)),
        replace(BASE, terms=replace(TERMS, power=0.9)),
        replace(BASE, terms=replace(TERMS, rule=AnyTime(9_000))),
        replace(BASE, terms=replace(TERMS, rule=AtHorizon(days=7))),
        replace(BASE, terms=replace(TERMS, lookback_days=0)),
        replace(BASE, metrics=(Pinned(9, MetricRole.PRIMARY), BASE.metrics[1])),
        GUARDED,
        replace(GUARDED, metrics=(*BASE.metrics, Pinned(3, MetricRole.GUARDRAIL, 0.02, Scale.RELATIVE))),
        replace(GUARDED, metrics=(*BASE.metrics, Pinned(3, MetricRole.GUARDRAIL, 0.01, Scale.ABSOLUTE))),
    ],
)
def test_what_a_verdict_may_depend_on(other: Planned) -> None:
    assert other.judgement != (GUARDED if len(other.metrics) == 3 and other != GUARDED else BASE).judgement


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, terms=replace(TERMS, expected_days=9.0)),
        replace(BASE, terms=replace(TERMS, prior=NormalPrior(0, 1, Scale.ABSOLUTE))),
        replace(BASE, terms=replace(TERMS, correction=Correction.NONE)),
        replace(BASE, terms=replace(TERMS, dimensions=("browser",))),
        replace(BASE, metrics=BASE.metrics[:1]),
        replace(BASE, metrics=(BASE.metrics[0], Pinned(8, MetricRole.SECONDARY))),
    ],
)
def test_what_no_verdict_depends_on(other: Planned) -> None:
    assert (other == BASE, other.judgement == BASE.judgement) == (False, True)
