"""A/A replay: the units of an experiment dealt anew at random, many times, to see what its metrics say of nothing.

Whatever the dealt variants differ in is chance. Where a metric is significant more often than its α, its values
break what the test takes for granted, such as a handful of units with most of the revenue. Pure: reads nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.experimentation.results.replay_document import RedealtMetric
from server.experimentation.results.samples import sample_of
from server.experimentation.stats.analysis import Question, Sample, effect_of, levels_of
from server.experimentation.stats.distributions import normal_quantile, normal_tail
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.proportions import wilson
from server.experimentation.stats.quantiles import interpolation, interval_ranks
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid, StoppingRule
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.sequential import always_valid
from server.experimentation.stats.terms import Interval
from server.experimentation.stats.welch import welch
from server.warehouse.questions.answers import Quantile, Sums
from server.warehouse.questions.sums import PRODUCTS
from server.warehouse.questions.terms import MetricQuestion, Shape

Column = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MetricColumns:
    """A metric's values, one a unit: NaN where the metric leaves the unit out. d, y0 and d0 may not be there."""

    y: Column
    d: Column | None = None
    y0: Column | None = None
    d0: Column | None = None


def redealt_metric(
    question: MetricQuestion, columns: MetricColumns, deals: Iterator[Labels], *, arms: int, asked: Question
) -> RedealtMetric:
    """Test one metric in each of the deals, every treatment against control."""
    runs: list[tuple[int, int]] = []
    always = 0
    for effects in _effects(question, columns, deals, arms=arms, asked=asked):
        tests = once = 0
        for effect in effects:
            if isinstance(effect, NoResult):
                continue
            found = welch(effect, alpha=asked.alpha)
            if isinstance(found, NoResult):
                continue
            tests += 1
            once += found.p_value < asked.alpha
            sequence = always_valid(effect, alpha=asked.alpha, tuning=asked.tuning)
            always += not isinstance(sequence, NoResult) and sequence.p_value < asked.alpha
        runs.append((tests, once))
    tests, once = sum(tests for tests, _ in runs), sum(once for _, once in runs)
    interval = rate_interval(runs)
    return RedealtMetric(tests, once, always, interval if isinstance(interval, NoResult) else once / tests, interval)


def rate_interval(runs: Sequence[tuple[int, int]]) -> Interval | NoResult:
    """The 95 % interval of a rate of false positives; ``runs`` are the tests and the false positives of each run.

    Wilson's of n / k tests, which is that of n tests at √k times the quantile; k is how many tests are worth one.
    """
    counts = ProportionCounts(sum(tests for tests, _ in runs), sum(found for _, found in runs))
    quantile = -float(normal_quantile(0.025)) * _inflation(runs, counts) ** 0.5
    return wilson(counts, alpha=2 * normal_tail(quantile))


def _inflation(runs: Sequence[tuple[int, int]], counts: ProportionCounts) -> float:
    """How many tests say as much as one independent test would: those of one run share control, and err together.

    The rate's variance as a ratio of sums over runs, Σ (cᵣ - p tᵣ)² / T², over that of T independent tests,
    p (1 - p) / T (the design effect: Kish, Survey Sampling, 1965, 8.2); never below 1. Where no test is
    significant, or each is, nothing can be seen of it, and a run counts as one test.
    """
    tests, found = counts.units, counts.successes
    if not 0 < found < tests:
        return max(tests / max(sum(made > 0 for made, _ in runs), 1), 1.0)
    rate = found / tests
    spread = sum((wrong - rate * made) ** 2 for made, wrong in runs)
    return max(spread / (tests * rate * (1 - rate)), 1.0)


def false_findings(
    question: MetricQuestion,
    columns: MetricColumns,
    deals: Iterator[Labels],
    *,
    arms: int,
    asked: Question,
    rule: StoppingRule,
    alpha_each: float,
) -> int:
    """In how many deals the plan would have called any treatment better or worse than control."""
    test = rule if isinstance(rule, AlwaysValid) else ONE_LOOK
    found = 0
    for effects in _effects(question, columns, deals, arms=arms, asked=asked):
        intervals = [test.interval(effect, alpha_each) for effect in effects if isinstance(effect, Effect)]
        found += any(isinstance(each, Interval) and each.excludes(0) for each in intervals)
    return found


def deals(*, units: int, weights: Sequence[float], runs: int, seed: int) -> Iterator[Labels]:
    """The arm of each unit, anew for each run: independent of everything, with the split's shares."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    for run in range(runs):
        drawn = np.random.default_rng([seed, run]).random(units)
        yield np.minimum(np.searchsorted(edges / edges[-1], drawn, side="right"), len(weights) - 1)


def _effects(
    question: MetricQuestion, columns: MetricColumns, deals: Iterator[Labels], *, arms: int, asked: Question
) -> Iterator[list[Effect | NoResult]]:
    for samples in _samples(question, columns, deals, arms=arms):
        levels, _ = levels_of(samples)
        yield [effect_of(levels[0], each, asked.scale) for each in levels[1:]]


def _samples(
    question: MetricQuestion, columns: MetricColumns, deals: Iterator[Labels], *, arms: int
) -> Iterator[list[Sample]]:
    counted = ~np.isnan(columns.y)
    if question.shape is Shape.QUANTILE:
        assert question.quantile is not None, "a quantile is asked with its level"
        order = np.argsort(columns.y[counted])
        values = columns.y[counted][order]
        for dealt in deals:
            labels = dealt[counted][order]
            yield [sample_of(question, _quantile(values[labels == arm], question.quantile)) for arm in range(arms)]
        return
    names, products = _products(columns, counted)
    for dealt in deals:
        labels = dealt[counted]
        sums = [products[:, labels == arm].sum(axis=1) for arm in range(arms)]
        counts = np.bincount(labels, minlength=arms)
        yield [
            sample_of(question, Sums(int(count), **dict(zip(names, map(float, each), strict=True))))
            for count, each in zip(counts, sums, strict=True)
        ]


def _products(columns: MetricColumns, counted: NDArray[np.bool_]) -> tuple[list[str], NDArray[np.float64]]:
    given = {
        name: column[counted]
        for name, column in {"y": columns.y, "d": columns.d, "y0": columns.y0, "d0": columns.d0}.items()
        if column is not None
    }
    found = {
        name: np.prod([given[factor] for factor in factors], axis=0)
        for name, factors in PRODUCTS.items()
        if all(factor in given for factor in factors)
    }
    return list(found), np.array(list(found.values()))


def _quantile(ordered: Column, level: float) -> Quantile:
    units = len(ordered)
    if not units:
        return Quantile(0, None, None, None)
    between = interpolation(units=units, nu=level)
    above = ordered[min(between.rank, units - 1)]
    value = float((1 - between.weight) * ordered[between.rank - 1] + between.weight * above)
    ranks = interval_ranks(units=units, nu=level)
    if isinstance(ranks, NoResult):
        return Quantile(units, value, None, None)
    return Quantile(units, value, float(ordered[ranks.low - 1]), float(ordered[ranks.high - 1]))
