"""Quantiles of a metric over units: which order statistics are needed, and what their level is. Sorts nothing.

The one definition of a sample quantile here is the linear one (Hyndman and Fan 1996, type 7, NumPy's
default): between the order statistics around rank 1 + (n - 1) ν.
"""

import math
from dataclasses import dataclass

from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason

CRITICAL = 1.959963984540054
"""Φ⁻¹(0.975): how far apart, in standard errors, the two order statistics are from the quantile."""


@dataclass(frozen=True, slots=True)
class QuantileSummary:
    """A sample quantile, and the two order statistics around it at `interval_ranks`."""

    units: int
    nu: float
    value: float
    low: float
    high: float

    def level(self) -> Level | NoResult:
        """The quantile with variance (n - 1) / n · ((high - low) / (2 · 1.96))².

        The outer confidence interval of Deng, Knoblich, Lu, KDD 2018, §4: order statistics at ranks
        n (ν ± 1.96 √(ν (1 - ν) / n)) need no estimate of the density at the quantile.
        """
        if not self.low <= self.value <= self.high:
            return NoResult(Reason.IMPOSSIBLE_SUMS)
        if isinstance(interval_ranks(units=self.units, nu=self.nu), NoResult):
            return NoResult(Reason.TOO_FEW_UNITS)
        spread = ((self.high - self.low) / (2 * CRITICAL)) ** 2
        return Level.plain(self.units, self.value, spread * (self.units - 1) / self.units)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks of order statistics, from 1 for the smallest."""

    low: int
    high: int


def interval_ranks(*, units: int, nu: float) -> Ranks | NoResult:
    """The ranks whose order statistics are the interval's ends; too few units have none on one side.

    Raises:
        ValueError: the quantile's level is not between 0 and 1.
    """
    if not 0 < nu < 1:
        raise ValueError(f"A quantile's level lies between 0 and 1, not at {nu}.")
    spread = CRITICAL * math.sqrt(units * nu * (1 - nu))
    low, high = math.floor(units * nu - spread), math.ceil(units * nu + spread)
    return Ranks(low, high) if low >= 1 and high <= units else NoResult(Reason.TOO_FEW_UNITS)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """A type 7 quantile between two order statistics: (1 - weight) · x[rank] + weight · x[rank + 1]."""

    rank: int
    weight: float


def interpolation(*, units: int, nu: float) -> Interpolation:
    """Where the quantile lies: 1 + (n - 1) ν. For the caps of winsorised metrics, over all arms together."""
    position = (units - 1) * nu
    rank = min(math.floor(position), units - 2) if units > 1 else 0
    return Interpolation(rank + 1, position - rank)
