"""Makes statistics' inputs from the shapes of the cases file and from raw values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.effects import Effect, compare
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.terms import Scale


def sums_of(values: Sequence[float]) -> MeanSums:
    return MeanSums(len(values), sum(values), sum(value * value for value in values))


def level_of(found: Level | NoResult) -> Level:
    assert isinstance(found, Level), found
    return found


def effect_between(control: Level | NoResult, treatment: Level | NoResult, scale: Scale) -> Effect:
    found = compare(level_of(control), level_of(treatment), scale)
    assert isinstance(found, Effect), found
    return found


def arm(inputs: dict[str, Any]) -> Level:
    """A level of an arm as the cases file writes it: counts of a proportion, or sums."""
    if "successes" in inputs:
        return level_of(ProportionCounts(inputs["n"], inputs["successes"]).level())
    return level_of(MeanSums(inputs["n"], inputs["sum"], inputs["sum_squares"]).level())


def ratio_arm(inputs: dict[str, Any]) -> Level:
    return level_of(
        RatioSums(
            inputs["n"],
            inputs["num_sum"],
            inputs["num_sum_squares"],
            inputs["den_sum"],
            inputs["den_sum_squares"],
            inputs["num_den_sum_product"],
        ).level()
    )


def covariates_of(values: Sequence[float], before: Sequence[float]) -> CovariateSums:
    return CovariateSums(sums_of(values), sums_of(before), sum(x * y for x, y in zip(values, before, strict=True)))


def by_delta_method(effect: Effect, *, at: float | None = None) -> Effect:
    """The effect as most tools have it: normal around its value, with the variance that it has at a lift, its own."""
    variance = effect.variance_at(effect.value if at is None else at)
    return replace(effect, control_variance=variance - effect.own_variance, divisor_variance=0, divisor_covariance=0)


def effect_of(value: float, standard_error: float, *, units: int = 20_000, scale: Scale = Scale.RELATIVE) -> Effect:
    """An effect between two arms of one size, whose variance is half control's."""
    part = standard_error**2 / 2
    return Effect(scale, value, part, part, units - 2.0, units // 2, units - units // 2, 1.0)
