"""Simulated A/A and A/B tests of the real functions: p-values at their nominal rates, intervals cover at theirs."""

import numpy as np
import pytest

from server.experimentation.stats.bayes import FLAT, NormalPrior, Posterior, Prior, posterior
from server.experimentation.stats.cuped import Adjusted, CovariateSums, adjust
from server.experimentation.stats.levels import Level
from server.experimentation.stats.quantiles import QuantileSummary, Ranks, interval_ranks
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.terms import Direction, Scale
from server.experimentation.stats.welch import WelchResult, welch
from tests.experimentation.stats.making import effect_between, level_of

RUNS = 2_000


def near(found: float, nominal: float) -> bool:
    """Within Monte Carlo error, and no more than that."""
    return bool(abs(found - nominal) < 3.5 * (nominal * (1 - nominal) / RUNS) ** 0.5)


def results(controls: list[Level], treatments: list[Level], scale: Scale, alpha: float = 0.05) -> list[WelchResult]:
    pairs = zip(controls, treatments, strict=True)
    return [welch(effect_between(control, treatment, scale), alpha=alpha) for control, treatment in pairs]


def covered(found: list[WelchResult], truth: float) -> float:
    return float(np.mean([not each.interval.excludes(truth) for each in found]))


def means(values: np.ndarray) -> list[Level]:
    """Levels of rows of raw values, through their sums."""
    rows = zip(values.sum(axis=1), (values**2).sum(axis=1), strict=True)
    return [level_of(MeanSums(values.shape[1], float(total), float(squares)).level()) for total, squares in rows]


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_without_an_effect_p_is_below_alpha_at_the_rate_of_alpha(alpha: float) -> None:
    rng = np.random.default_rng(21)
    control, treatment = rng.exponential(5, (RUNS, 300)), rng.exponential(5, (RUNS, 200))

    found = results(means(control), means(treatment), Scale.ABSOLUTE)

    assert near(float(np.mean([each.p_value < alpha for each in found])), alpha)


def test_small_arms_of_unequal_size_and_spread_are_covered() -> None:
    rng = np.random.default_rng(22)
    control, treatment = rng.normal(10, 1, (RUNS, 8)), rng.normal(12, 6, (RUNS, 20))

    assert near(covered(results(means(control), means(treatment), Scale.ABSOLUTE), 2.0), 0.95)


@pytest.mark.parametrize("prior", [FLAT, NormalPrior(0.0, 100.0, Scale.RELATIVE)])
@pytest.mark.parametrize("lift", [-0.5, 0.1, 1.0])
def test_what_is_believed_of_a_lift_is_covered_where_the_prior_says_next_to_nothing(prior: Prior, lift: float) -> None:
    rates, units = [0.05, 0.05 * (1 + lift)], 20_000
    found = []
    for drawn in np.random.default_rng(25).binomial(units, rates, (RUNS, 2)):
        arms = [level_of(ProportionCounts(units, int(each)).level()) for each in drawn]
        effect = effect_between(*arms, Scale.RELATIVE)
        believed = posterior(effect, prior=prior, direction=Direction.HIGHER_IS_BETTER, alpha=0.05)
        assert isinstance(believed, Posterior)
        found.append(not believed.interval.excludes(lift))

    assert near(float(np.mean(found)), 0.95)


def test_lifts_are_covered() -> None:
    rng = np.random.default_rng(23)
    control, treatment = rng.exponential(5, (RUNS, 1_000)), rng.exponential(6, (RUNS, 1_000))

    assert near(covered(results(means(control), means(treatment), Scale.RELATIVE, 0.1), 0.2), 0.90)


def ratios(seed: int, rate: float) -> list[Level]:
    """Units with a few sessions each, some of which convert; units convert more or less alike."""
    rng = np.random.default_rng(seed)
    sessions = 1 + rng.poisson(3, (RUNS, 400))
    clicks = rng.binomial(sessions, rng.beta(20 * rate, 20 * (1 - rate), (RUNS, 400)))
    columns = (clicks, clicks**2, sessions, sessions**2, clicks * sessions)
    sums = zip(*(column.sum(axis=1).tolist() for column in columns), strict=True)
    return [level_of(RatioSums(400, *each).level()) for each in sums]


def test_ratios_of_events_that_come_in_clusters_are_covered() -> None:
    assert near(covered(results(ratios(24, 0.2), ratios(25, 0.25), Scale.RELATIVE), 0.25), 0.95)


def test_adjusted_lifts_are_covered_and_are_narrower() -> None:
    rng = np.random.default_rng(26)
    adjusted, plain = [], []
    for _ in range(RUNS):
        before = rng.normal(10, 3, (2, 300))
        after = before + rng.normal(0, 2, (2, 300)) + np.array([[0.0], [1.0]])
        columns = (after, after**2, before, before**2, after * before)
        sums = np.stack([column.sum(axis=1) for column in columns], axis=1).tolist()
        samples = [CovariateSums(MeanSums(300, y, yy), MeanSums(300, x, xx), xy) for y, yy, x, xx, xy in sums]
        found = adjust(samples)
        assert isinstance(found, Adjusted)
        adjusted.append(welch(effect_between(*found.levels, Scale.RELATIVE), alpha=0.05))
        plain.append(welch(effect_between(*(each.main.level() for each in samples), Scale.RELATIVE), alpha=0.05))

    assert near(covered(adjusted, 0.1), 0.95)
    assert np.mean([each.standard_error for each in adjusted]) < 0.65 * np.mean([each.standard_error for each in plain])


def quantiles(values: np.ndarray, nu: float) -> list[Level]:
    ordered, units = np.sort(values, axis=1), values.shape[1]
    ranks = interval_ranks(units=units, nu=nu)
    assert isinstance(ranks, Ranks)
    rows = zip(np.quantile(values, nu, axis=1), ordered[:, ranks.low - 1], ordered[:, ranks.high - 1], strict=True)
    return [level_of(QuantileSummary(units, nu, *(float(each) for each in row)).level()) for row in rows]


def test_quantiles_are_covered() -> None:
    rng = np.random.default_rng(27)
    control, treatment = rng.exponential(1, (RUNS, 2_000)), rng.exponential(1.1, (RUNS, 2_000))
    truth = 0.1 * -np.log(0.1)

    found = covered(results(quantiles(control, 0.9), quantiles(treatment, 0.9), Scale.ABSOLUTE), truth)

    assert 0.935 < found < 0.975
