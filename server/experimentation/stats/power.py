"""Power before the start: how many units, how long, and what effect can be seen. Uses no result of the experiment."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from server.experimentation.stats.distributions import normal_tail, root
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.rules import ONE_LOOK, Test
from server.experimentation.stats.terms import Scale

StandardError = Callable[["Design", float], float]
"""What an estimate's is with so many units in all arms."""

MOST_UNITS = 1e13
"""More than this is nobody's traffic."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a metric comes to without the change: its value, and its variance between units."""

    value: float
    unit_variance: float
    is_proportion: bool = False

    @classmethod
    def of_proportion(cls, rate: float) -> "Baseline":
        """A rate p has variance p (1 - p), in a treatment that of its own rate."""
        return cls(rate, rate * (1 - rate), is_proportion=True)

    def variance_at(self, value: float) -> float:
        """The variance between units in an arm with this value."""
        return max(value * (1 - value), 0.0) if self.is_proportion else self.unit_variance


@dataclass(frozen=True, slots=True)
class Design:
    """A planned comparison of control with one treatment.

    Shares are of all units; ``comparisons`` are the treatments that α is divided by (1: no
    correction); ``variance_reduction`` is CUPED's ρ².
    """

    baseline: Baseline
    scale: Scale
    effect: float
    control_share: float = 0.5
    treatment_share: float = 0.5
    comparisons: int = 1
    alpha: float = 0.05
    power: float = 0.8
    variance_reduction: float = 0.0
    test: Test = ONE_LOOK

    def with_equal_arms(self, arms: int) -> "Design":
        """The same with all arms of one size, control among them."""
        return replace(self, control_share=1 / arms, treatment_share=1 / arms)


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Units that reach the design's power: of all arms, of control, of the treatment."""

    units: int
    control_units: int
    treatment_units: int


def standard_error(design: Design, units: float) -> float:
    """Of the difference, as `effects` has it, and as a share of control's value on the relative scale.

    A lift is tested as its difference is: so both scales need the same number of units.
    """
    baseline, kept = design.baseline, 1 - design.variance_reduction
    relative = design.scale is Scale.RELATIVE
    shifted = baseline.value * (1 + design.effect) if relative else baseline.value + design.effect
    own = baseline.variance_at(shifted) * kept / (units * design.treatment_share)
    control = baseline.unit_variance * kept / (units * design.control_share)
    return math.sqrt(own + control) / (abs(baseline.value) if relative else 1.0)


def power_at(design: Design, units: float, error_of: StandardError = standard_error) -> float:
    """P(the test excludes 0) with this many units in all arms: Φ(|e|/SE - h) + Φ(-|e|/SE - h).

    h is the test's half-width in standard errors at α / comparisons. For an always-valid test it is the power of the
    look at this many units alone; earlier looks can only add to it.
    """
    error = error_of(design, units)
    if error == 0:
        return 1.0
    score = abs(design.effect) / error
    pair = units * (design.control_share + design.treatment_share)
    half = design.test.half_width(units=pair, alpha=design.alpha / design.comparisons)
    return normal_tail(half - score) + normal_tail(half + score)


def sample_size(design: Design) -> SampleSize | NoResult:
    """The least number of units at which `power_at` is the design's power."""
    obstacle = _obstacle(design)
    if obstacle:
        return obstacle
    if design.effect == 0:
        return NoResult(Reason.NO_MINIMUM_EFFECT)
    if power_at(design, MOST_UNITS) < design.power:
        return NoResult(Reason.OUT_OF_REACH)
    if power_at(design, 2.0) >= design.power:
        return _sample(design, 2.0)
    found = root(lambda log_units: power_at(design, math.exp(log_units)) - design.power, math.log(2), math.log(1e13))
    return _sample(design, math.exp(found))


def minimum_detectable_effect(
    design: Design, units: float, error_of: StandardError = standard_error
) -> float | NoResult:
    """The smallest effect that has the design's power with this many units, in the direction of the design's effect."""
    obstacle = _obstacle(design)
    if obstacle:
        return obstacle
    if units < 2:
        return NoResult(Reason.TOO_FEW_UNITS)
    sign = math.copysign(1.0, design.effect)

    def missing(size: float) -> float:
        return power_at(replace(design, effect=sign * size), units, error_of) - design.power

    highest = _largest_effect(design, sign)
    if missing(highest) < 0:
        return NoResult(Reason.OUT_OF_REACH)
    # By its logarithm: the smallest effect may be any number of times smaller than the largest.
    top = math.log(highest)
    return sign * math.exp(root(lambda log_size: missing(math.exp(log_size)), top - 700, top))


def days_for(units: float, units_per_day: float) -> float | NoResult:
    """How long it takes for these units to arrive."""
    return units / units_per_day if units_per_day > 0 else NoResult(Reason.NO_TRAFFIC)


def false_positive_risk(*, success_rate: float, alpha: float, power: float) -> float:
    """Of the significant improvements, the share that is none: (α/2)(1 - s) / ((α/2)(1 - s) + power · s).

    s is how often this team's ideas work (Kohavi, Deng, Vermeer, "A/B testing intuition busters", KDD 2022).
    """
    false = alpha / 2 * (1 - success_rate)
    return false / (false + power * success_rate)


def _obstacle(design: Design) -> NoResult | None:
    if design.baseline.unit_variance <= 0:
        return NoResult(Reason.NO_VARIANCE)
    if design.scale is Scale.RELATIVE and design.baseline.value == 0:
        return NoResult(Reason.ZERO_CONTROL_MEAN)
    if design.scale is Scale.RELATIVE and design.baseline.value < 0:
        return NoResult(Reason.NEGATIVE_CONTROL_MEAN)
    return None


def _largest_effect(design: Design, sign: float) -> float:
    """The largest effect that exists: a rate cannot leave 0 to 1; a lift of anything else stops at a thousandfold."""
    value, relative = design.baseline.value, design.scale is Scale.RELATIVE
    if design.baseline.is_proportion:
        room = 1 - value if sign > 0 else value
        return room / value if relative else room
    return 1000.0 if relative else 1000 * math.sqrt(design.baseline.unit_variance)


def _sample(design: Design, units: float) -> SampleSize:
    # Rounded first, so that a root that is a hair above a whole number does not cost a unit.
    control, treatment = (math.ceil(round(units * each, 6)) for each in (design.control_share, design.treatment_share))
    return SampleSize(max(math.ceil(round(units, 6)), control + treatment), control, treatment)
