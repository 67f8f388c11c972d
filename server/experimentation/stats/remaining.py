"""What is left to collect while an experiment runs: from the precision reached so far, not from the effect seen."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from server.experimentation.stats.distributions import normal_tail, root
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.power import days_for
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import Test

MOST_TIMES = 1e9
"""More than this many times the units so far is out of reach."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """Further units, of all arms, and the days that they take at the present rate.

    ``likely``: then an effect of the minimum size is seen with the plan's power. ``at_most``: then the
    interval is so narrow that it decides whatever the effect is.
    """

    likely_units: int
    likely_days: float | NoResult
    at_most_units: int
    at_most_days: float | NoResult


def still_needed(
    effect: Effect,
    *,
    minimum_effect: float,
    test: Test,
    alpha: float,
    power: float,
    units_so_far: int,
    units_per_day: float,
) -> Remaining | NoResult:
    """How much longer, if all arms go on growing as they did: variances fall as 1 / units.

    An interval decides if it leaves out 0, or if it lies within the minimum effect. So whatever the effect is, one does
    that reaches no further than the minimum effect when it begins at 0.
    """
    if minimum_effect <= 0:
        return NoResult(Reason.NO_MINIMUM_EFFECT)
    likely = further_share(effect, minimum_effect=minimum_effect, test=test, alpha=alpha, power=power)
    certain = _further(lambda times: _room(effect, minimum_effect, test, alpha, times))
    if isinstance(likely, NoResult):
        return likely
    if isinstance(certain, NoResult):
        return certain
    return Remaining(
        math.ceil(likely * units_so_far),
        days_for(likely * units_so_far, units_per_day),
        math.ceil(certain * units_so_far),
        days_for(certain * units_so_far, units_per_day),
    )


def further_share(effect: Effect, *, minimum_effect: float, test: Test, alpha: float, power: float) -> float | NoResult:
    """How many times the units so far are needed *in addition* for this power at the minimum effect; 0 if none."""

    def missing(times: float) -> float:
        error = effect.standard_error / math.sqrt(times)
        score = minimum_effect / error
        half = _half_width(effect, test, alpha, times) / error
        return normal_tail(half - score) + normal_tail(half + score) - power

    return _further(missing)


def _room(effect: Effect, size: float, test: Test, alpha: float, times: float) -> float:
    """Whether an interval that begins at 0 ends before this size: 0 or more if so.

    Its other end is 2 (h SE + h² Cov) / (1 - h² Var), as `Effect.within` has it with h SE as the value; of a
    difference, 2 h SE.
    """
    square = test.half_width(units=effect.units * times, alpha=alpha) ** 2 / times
    reach = 2 * (math.sqrt(square) * effect.standard_error + square * effect.divisor_covariance)
    return size * (1 - square * effect.divisor_variance) - reach


def _half_width(effect: Effect, test: Test, alpha: float, times: float) -> float:
    return effect.standard_error / math.sqrt(times) * test.half_width(units=effect.units * times, alpha=alpha)


def _further(missing: Callable[[float], float]) -> float | NoResult:
    if missing(1.0) >= 0:
        return 0.0
    if missing(MOST_TIMES) < 0:
        return NoResult(Reason.OUT_OF_REACH)
    return root(missing, 1.0, MOST_TIMES) - 1
