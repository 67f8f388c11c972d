"""Simulated experiments: peeking every day and several treatments do not raise the rate of false verdicts above α.

Days are computed all at once; that the real code says the same is asserted on each experiment that
has a false verdict, and on others.
"""

from dataclasses import replace

import numpy as np
import pytest

from server.experimentation.stats.evidence import Plan
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon
from server.experimentation.stats.terms import Direction, Scale
from server.experimentation.stats.verdict import Outcome
from tests.experimentation.stats.peeking import accumulating_rate
from tests.experimentation.stats.simulating import Array, Days, bounds, conversions, revenue

ALPHA, EXPERIMENTS = 0.05, 2_000
ERROR = 3 * (ALPHA * (1 - ALPHA) / EXPERIMENTS) ** 0.5
PLAN = Plan(Scale.RELATIVE, Direction.HIGHER_IS_BETTER, 0.0, ALPHA, AlwaysValid(10_000.0), 3)


def rate(false: Array) -> float:
    """The share of experiments with a false verdict on any day, of any variant."""
    return float(false.any(axis=(1, 2)).mean())


def beyond(days: Days, critical: Array | float, truth: float = 0.0) -> Array:
    """Where a test with this critical value does not keep the truth."""
    low, high = days.sets(critical)
    return (truth < low) | (truth > high)


def sides(days: Days, critical: Array | float) -> tuple[float, float]:
    """The shares of experiments without an effect that are ever called losing, and winning."""
    low, high = days.sets(critical)
    return rate(high < 0), rate(low > 0)


def assert_that_the_real_code_agrees(days: Days, plan: Plan, decided: Array) -> None:
    """On every day of the experiments with a false verdict, and of ten others."""
    experiments = [*np.flatnonzero(decided.any(axis=(1, 2)))[:10], *range(10)]
    for experiment in experiments:
        for day in range(len(days.units)):
            verdict = days.verdict(plan, int(experiment), day)
            said = [each.outcome in {Outcome.WINNING, Outcome.LOSING} for each in verdict.variants]
            assert said == decided[experiment, day].tolist()


def test_peeking_at_conversions_every_day_with_three_treatments() -> None:
    days = conversions(11, [0.05] * 4, experiments=EXPERIMENTS, days=30, per_day=400)
    decided = beyond(days, bounds(days, PLAN))

    assert rate(decided) <= ALPHA + ERROR
    assert rate(beyond(days, 1.96)) > 0.4
    assert_that_the_real_code_agrees(days, PLAN, decided)


def test_peeking_at_revenue_every_day_with_two_treatments() -> None:
    plan = replace(PLAN, treatments=2)
    days = revenue(12, 3, experiments=500, days=20, per_day=300)
    decided = beyond(days, bounds(days, plan))

    assert rate(decided) <= ALPHA + ERROR
    assert rate(beyond(days, 1.96)) > 0.25
    assert_that_the_real_code_agrees(days, plan, decided)


@pytest.mark.parametrize(
    ("conversion", "per_day", "length", "treatments", "tuning"),
    [
        (0.005, 200, 60, 3, 5_000.0),
        (0.01, 100, 60, 1, 5_000.0),
        (0.02, 200, 30, 3, 5_000.0),
        (0.05, 20, 60, 3, 4_000.0),
    ],
)
def test_peeking_at_few_conversions_every_day_makes_neither_losers_nor_winners(
    conversion: float, per_day: int, length: int, treatments: int, tuning: float
) -> None:
    """Where the delta method calls up to 18 % of such experiments lost."""
    plan = replace(PLAN, rule=AlwaysValid(tuning), treatments=treatments)
    arms = [conversion] * (treatments + 1)
    days = conversions(21, arms, experiments=EXPERIMENTS, days=length, per_day=per_day)

    losing, winning = sides(days, bounds(days, plan))

    assert max(losing, winning) <= ALPHA / 2
    assert_that_the_real_code_agrees(days, plan, beyond(days, bounds(days, plan)))


def test_peeking_at_a_heavy_tail_every_day_makes_neither_losers_nor_winners() -> None:
    plan = replace(PLAN, rule=AlwaysValid(5_000.0), treatments=1)
    days = revenue(22, 2, experiments=1_000, days=60, per_day=50, paying=0.05, sigma=1.5, cap=float("inf"))

    losing, winning = sides(days, bounds(days, plan))

    assert max(losing, winning) <= ALPHA / 2
    assert_that_the_real_code_agrees(days, plan, beyond(days, bounds(days, plan)))


@pytest.mark.parametrize(("conversion", "per_day", "margin"), [(0.01, 100, 0.25), (0.005, 200, 0.5), (0.05, 20, 0.25)])
def test_a_harm_of_the_margin_is_called_safe_no_more_often_than_alpha(
    conversion: float, per_day: int, margin: float
) -> None:
    """Of a metric that is better when it is lower: the upper end decides."""
    plan = replace(PLAN, rule=AlwaysValid(5_000.0), treatments=1)
    arms = [conversion, conversion * (1 + margin)]
    days = conversions(23, arms, experiments=EXPERIMENTS, days=60, per_day=per_day)
    _, high = days.sets(bounds(days, plan))

    assert rate(high < margin) <= ALPHA / 2


def test_a_true_effect_is_found_and_is_not_called_a_loss() -> None:
    days = conversions(13, [0.05, 0.06, 0.05, 0.05], experiments=500, days=30, per_day=800)
    low, high = days.sets(bounds(days, PLAN))

    assert (low[:, :, 0] > 0).any(axis=1).mean() > 0.8
    assert (high[:, :, 0] < 0).any(axis=1).mean() < 0.01


def test_every_day_all_intervals_hold_the_truth_together() -> None:
    """So neither winning, losing nor "no difference larger than" is false more often than α, whatever the truth is."""
    truth = 0.2
    days = conversions(14, [0.05, *[0.05 * (1 + truth)] * 3], experiments=EXPERIMENTS, days=30, per_day=400)

    assert rate(beyond(days, bounds(days, PLAN), truth)) <= ALPHA + ERROR


def test_no_difference_is_said_falsely_no_more_often_than_alpha() -> None:
    """The true lift is the minimum effect itself: the hardest case."""
    plan = replace(PLAN, treatments=1, minimum_effect=0.1)
    days = conversions(15, [0.2, 0.22], experiments=EXPERIMENTS, days=20, per_day=2_000)
    low, high = days.sets(bounds(days, plan))
    same = (high < 0.1) & (low > -0.1) & (low <= 0)

    assert rate(same) <= ALPHA
    outcomes = {days.verdict(plan, 0, day).outcome for day in range(20)}
    assert outcomes <= {Outcome.KEEP_COLLECTING, Outcome.WINNING}


@pytest.mark.parametrize(
    ("per_arm", "daily", "hourly", "hourly_for_long"), [(2_500, 0.021, 0.053, 0.064), (20_000, 0.016, 0.028, 0.031)]
)
def test_outcomes_that_accumulate_on_units_that_are_all_in_keep_alpha_at_daily_looks(
    per_arm: int, daily: float, hourly: float, hourly_for_long: float
) -> None:
    """The worst case of a metric without a conversion window, and the rates that the documentation gives for it."""

    def rate_of(looks: int, experiments: int) -> float:
        return accumulating_rate(
            seed=17, experiments=experiments, per_arm=per_arm, looks=looks, alpha=ALPHA, tuning=5_000.0
        )

    assert rate_of(30, 10_000) <= ALPHA
    for looks, experiments, documented in (
        (30, 10_000, daily),
        (30 * 24, 4_000, hourly),
        (90 * 24, 2_000, hourly_for_long),
    ):
        error = 3 * (documented * (1 - documented) * (1 / experiments + 1 / 2_000)) ** 0.5
        assert abs(rate_of(looks, experiments) - documented) <= error


@pytest.mark.parametrize("treatments", [1, 3])
def test_one_look_at_a_fixed_horizon_keeps_alpha_over_all_treatments(treatments: int) -> None:
    per_day, length = 500, 10
    total = per_day * length * (treatments + 1)
    plan = replace(PLAN, rule=FixedHorizon(units=total), treatments=treatments)
    days = conversions(16, [0.1] * (treatments + 1), experiments=1_500, days=length, per_day=per_day)

    last = [days.verdict(plan, experiment, length - 1) for experiment in range(1_500)]
    decided = {Outcome.WINNING, Outcome.LOSING}
    false = np.mean([any(each.outcome in decided for each in verdict.variants) for verdict in last])

    assert 0.03 < false <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / 1_500) ** 0.5
    early = {days.verdict(plan, experiment, day).outcome for experiment in range(20) for day in range(length - 1)}
    assert early == {Outcome.KEEP_COLLECTING}


def test_one_look_at_few_conversions_keeps_alpha_on_both_sides() -> None:
    """Twenty of a thousand, which the delta method calls lost in 6 % of experiments without an effect."""
    plan = replace(PLAN, rule=FixedHorizon(units=2_000), treatments=1)
    days = conversions(24, [0.02, 0.02], experiments=3_000, days=1, per_day=1_000)

    said = [days.verdict(plan, experiment, 0).variants[0].outcome for experiment in range(3_000)]

    error = 3 * (0.025 * 0.975 / 3_000) ** 0.5
    for outcome in (Outcome.LOSING, Outcome.WINNING):
        assert said.count(outcome) / len(said) <= ALPHA / 2 + error
