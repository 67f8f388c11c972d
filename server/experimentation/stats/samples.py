"""Sufficient statistics of one arm: counts and sums that a warehouse computes in one pass. Reads no events.

Each gives a `Level`. Retention is a proportion; count, sum and mean of a unit are means;
values that are capped or winsorised are so before they are summed.
"""

from dataclasses import dataclass

from server.experimentation.stats.levels import Level
from server.experimentation.stats.moments import CLEAR_OF_ZERO, SMALLEST, correlated, covariance, variance
from server.experimentation.stats.reasons import NoResult, Reason


@dataclass(frozen=True, slots=True)
class ProportionCounts:
    """How many units did it, of how many."""

    units: int
    successes: int

    def level(self) -> Level | NoResult:
        """p = x / n, with variance p (1 - p) / n (of the binomial distribution)."""
        if not 0 <= self.successes <= self.units:
            return NoResult(Reason.IMPOSSIBLE_SUMS)
        if self.units < 2:
            return NoResult(Reason.TOO_FEW_UNITS)
        rate = self.successes / self.units
        return Level.plain(self.units, rate, rate * (1 - rate) / self.units)

    def __add__(self, other: "ProportionCounts") -> "ProportionCounts":
        return ProportionCounts(self.units + other.units, self.successes + other.successes)


@dataclass(frozen=True, slots=True)
class MeanSums:
    """The sum of a value over the units, and of its square. A unit without an event counts with 0."""

    units: int
    sum: float
    sum_squares: float

    def variance(self) -> float | NoResult:
        """The variance between units, s²."""
        return variance(self.units, self.sum, self.sum_squares)

    def level(self) -> Level | NoResult:
        """x̄ = Σx / n, with variance s² / n."""
        spread = self.variance()
        if isinstance(spread, NoResult):
            return spread
        return Level.plain(self.units, self.sum / self.units, spread / self.units)

    def __add__(self, other: "MeanSums") -> "MeanSums":
        return MeanSums(self.units + other.units, self.sum + other.sum, self.sum_squares + other.sum_squares)


@dataclass(frozen=True, slots=True)
class RatioSums:
    """Sums of a numerator and a denominator of each unit, of their squares, and of their product."""

    units: int
    numerator_sum: float
    numerator_sum_squares: float
    denominator_sum: float
    denominator_sum_squares: float
    product_sum: float

    @property
    def numerator(self) -> MeanSums:
        """The numerator alone."""
        return MeanSums(self.units, self.numerator_sum, self.numerator_sum_squares)

    @property
    def denominator(self) -> MeanSums:
        """The denominator alone."""
        return MeanSums(self.units, self.denominator_sum, self.denominator_sum_squares)

    def level(self) -> Level | NoResult:
        """R = Σm / Σd, with the delta method's variance.

        Var(R) = (s_m² - 2 R s_md + R² s_d²) / (n d̄²): units are independent, the events of a unit
        are not (Deng, Knoblich, Lu, "Applying the delta method in metric analytics", KDD 2018, §3).
        """
        above, below = self.numerator.variance(), self.denominator.variance()
        if isinstance(above, NoResult):
            return above
        if isinstance(below, NoResult):
            return below
        mean = self.denominator_sum / self.units
        if mean * mean < SMALLEST:
            return NoResult(Reason.ZERO_DENOMINATOR)
        if abs(mean) < CLEAR_OF_ZERO * (below / self.units) ** 0.5:
            return NoResult(Reason.DENOMINATOR_NOT_CLEAR_OF_ZERO)
        both = covariance(self.units, self.numerator_sum, self.denominator_sum, self.product_sum)
        if not correlated(above, below, both):
            return NoResult(Reason.IMPOSSIBLE_SUMS)
        ratio = self.numerator_sum / self.denominator_sum
        spread = max(above - 2 * ratio * both + ratio**2 * below, 0.0)
        return Level.plain(self.units, ratio, spread / (self.units * mean**2))

    def __add__(self, other: "RatioSums") -> "RatioSums":
        return RatioSums(
            self.units + other.units,
            self.numerator_sum + other.numerator_sum,
            self.numerator_sum_squares + other.numerator_sum_squares,
            self.denominator_sum + other.denominator_sum,
            self.denominator_sum_squares + other.denominator_sum_squares,
            self.product_sum + other.product_sum,
        )
