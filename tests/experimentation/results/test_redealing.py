"""A/A replays: what chance alone makes of a metric."""

import numpy as np
import pytest

from server.experimentation.results.redealing import MetricColumns, deals, false_findings, rate_interval, redealt_metric
from server.experimentation.stats.analysis import Question
from server.experimentation.stats.bayes import FLAT
from server.experimentation.stats.distributions import normal_quantile
from server.experimentation.stats.proportions import wilson
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon, StoppingRule
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Direction, Interval, Scale
from server.warehouse.questions.terms import Aggregate, Measure, MetricQuestion, Shape

UNITS, RUNS = 4_000, 400
ASKED = Question(Scale.ABSOLUTE, Direction.HIGHER_IS_BETTER, 0.05, 5_000, FLAT)
BOUGHT = Measure("bought", Aggregate.COUNT)
PAID = Measure("paid", Aggregate.SUM)
RANDOM = np.random.default_rng(11)
CONVERTED = (RANDOM.random(UNITS) < 0.2).astype(np.float64)
REVENUE = RANDOM.gamma(2.0, 20.0, UNITS) * CONVERTED


def outcome_of(question: MetricQuestion, columns: MetricColumns, *, arms: int = 2, runs: int = RUNS):  # type: ignore[no-untyped-def]
    dealt = deals(units=len(columns.y), weights=[1 / arms] * arms, runs=runs, seed=5)
    return redealt_metric(question, columns, dealt, arms=arms, asked=ASKED)


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        (MetricQuestion("proportion", Shape.HAPPENED, BOUGHT), MetricColumns(CONVERTED)),
        (MetricQuestion("sum", Shape.VALUE, PAID), MetricColumns(REVENUE)),
        (
            MetricQuestion("adjusted", Shape.VALUE, PAID, lookback=1),
            MetricColumns(REVENUE, y0=REVENUE + RANDOM.normal(0, 9, UNITS)),
        ),
        (
            MetricQuestion("ratio", Shape.RATIO, PAID, BOUGHT),
            MetricColumns(REVENUE, d=1.0 + RANDOM.poisson(2.0, UNITS)),
        ),
        (
            MetricQuestion("quantile", Shape.QUANTILE, PAID, quantile=0.5),
            MetricColumns(np.where(CONVERTED > 0, np.nan, RANDOM.gamma(2.0, 20.0, UNITS))),
        ),
    ],
    ids=lambda each: each.name if isinstance(each, MetricQuestion) else "",
)
def test_a_sound_metric_is_significant_at_the_rate_of_its_alpha(
    question: MetricQuestion, columns: MetricColumns
) -> None:
    outcome = outcome_of(question, columns)

    assert outcome.tests == RUNS
    assert isinstance(outcome.interval, Interval)
    assert outcome.interval.low < 0.05 < outcome.interval.high
    assert outcome.rate == outcome.false_positives / RUNS
    assert outcome.always_valid_false_positives <= outcome.false_positives


def test_every_treatment_is_tested_against_control() -> None:
    outcome = outcome_of(MetricQuestion("proportion", Shape.HAPPENED, BOUGHT), MetricColumns(CONVERTED), arms=4)

    assert outcome.tests == 3 * RUNS


def ends_of(interval: Interval | NoResult) -> tuple[float, float]:
    assert isinstance(interval, Interval)
    return interval.low, interval.high


def independent(tests: int, found: int) -> tuple[float, float]:
    """The ends of the interval of so many independent tests."""
    return ends_of(wilson(ProportionCounts(tests, found), alpha=0.05))


def test_tests_in_runs_of_their_own_are_independent() -> None:
    interval = rate_interval([(1, 1)] * 5 + [(1, 0)] * 95 + [(0, 0)] * 7)

    assert ends_of(interval) == pytest.approx(independent(100, 5))


@pytest.mark.parametrize("wrong", [0, 5, 100])
def test_three_tests_that_are_always_wrong_together_say_as_much_as_one(wrong: int) -> None:
    interval = rate_interval([(3, 3)] * wrong + [(3, 0)] * (100 - wrong))

    assert ends_of(interval) == pytest.approx(independent(100, wrong))


def test_runs_without_a_test_have_no_rate() -> None:
    assert rate_interval([(0, 0)] * 100) == NoResult(Reason.TOO_FEW_UNITS)


@pytest.mark.parametrize("treatments", [1, 3, 19])
def test_few_sound_metrics_look_unsound_however_many_treatments_share_control(treatments: int) -> None:
    """A thousand replays of 100 runs; taken for independent, the tests of 19 treatments fail one metric in seven."""
    random = np.random.default_rng(4)
    control, treated = (random.standard_normal((1_000, 100, arms)) for arms in (1, treatments))
    wrong = (abs(treated - control) > -float(normal_quantile(0.025)) * 2**0.5).sum(axis=2)

    found = np.array([ends_of(rate_interval([(treatments, int(each)) for each in runs])) for runs in wrong])

    assert np.mean(found[:, 0] > 0.05) < 0.036
    assert np.mean(found[:, 1] < 0.05) < 0.06


def test_a_metric_that_a_handful_of_units_decide_is_seen() -> None:
    """Three units have nearly everything: a deal with all three on one side is no sign of anything, and is not rare."""
    values = np.concatenate([RANDOM.normal(1.0, 0.01, 1_000), [500.0, 500.0, 500.0]])

    outcome = outcome_of(MetricQuestion("sum", Shape.VALUE, PAID), MetricColumns(values))

    assert isinstance(outcome.interval, Interval)
    assert not outcome.interval.low < 0.05 < outcome.interval.high


def test_a_metric_without_spread_gives_no_test_and_no_rate() -> None:
    outcome = outcome_of(MetricQuestion("proportion", Shape.HAPPENED, BOUGHT), MetricColumns(np.zeros(UNITS)))

    assert (outcome.tests, outcome.rate, outcome.interval) == (
        0,
        NoResult(Reason.TOO_FEW_UNITS),
        NoResult(Reason.TOO_FEW_UNITS),
    )


@pytest.mark.parametrize("rule", [AlwaysValid(), FixedHorizon(units=UNITS)])
def test_a_plan_rarely_finds_something_whatever_its_rule_and_however_many_treatments(rule: StoppingRule) -> None:
    dealt = deals(units=UNITS, weights=[0.25] * 4, runs=RUNS, seed=5)

    found = false_findings(
        MetricQuestion("proportion", Shape.HAPPENED, BOUGHT),
        MetricColumns(CONVERTED),
        dealt,
        arms=4,
        asked=ASKED,
        rule=rule,
        alpha_each=0.05 / 3,
    )

    assert found <= 0.05 * RUNS + 2 * (0.05 * 0.95 * RUNS) ** 0.5


def test_units_are_dealt_by_the_split_anew_each_time_and_the_same_for_the_same_seed() -> None:
    first, second = (list(deals(units=50_000, weights=[0.5, 0.3, 0.2], runs=2, seed=9)) for _ in range(2))

    assert [np.array_equal(one, two) for one, two in zip(first, second, strict=True)] == [True, True]
    assert not np.array_equal(first[0], first[1])
    assert np.bincount(first[0]) / 50_000 == pytest.approx([0.5, 0.3, 0.2], abs=0.01)
