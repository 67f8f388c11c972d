"""CUPED: levels adjusted by what was known of the units before the experiment. Never uses data from within it.

Deng, Xu, Kohavi, Walker, "Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data", WSDM 2013. One θ for all arms, so that the adjustment favours none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from server.experimentation.stats.levels import Level
from server.experimentation.stats.moments import correlated, covariance
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums


@dataclass(frozen=True, slots=True)
class CovariateSums:
    """Sums of a value, of its covariate from before, and of their product. The units are the same in both."""

    main: MeanSums
    covariate: MeanSums
    product_sum: float

    def __add__(self, other: "CovariateSums") -> "CovariateSums":
        return CovariateSums(
            self.main + other.main, self.covariate + other.covariate, self.product_sum + other.product_sum
        )


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The adjusted levels of all arms, in the order given; θ; and what became of the pooled variance (1 is nothing)."""

    levels: tuple[Level, ...]
    theta: float
    variance_ratio: float


@dataclass(frozen=True, slots=True)
class _Spread:
    main: float
    covariate: float
    both: float


def adjust(samples: Sequence[CovariateSums]) -> Adjusted | NoResult:
    """Adjust the arms of an experiment: Y - θX, with θ = Cov(Y, X) / Var(X) over all arms together.

    Var(Y - θX) = Var(Y) + θ² Var(X) - 2θ Cov(Y, X), which is Var(Y) (1 - ρ²) at the best θ.
    """
    pooled = _spread(reduce(add, samples))
    if isinstance(pooled, NoResult):
        return pooled
    if pooled.covariate == 0:
        return NoResult(Reason.NO_COVARIATE_VARIANCE)
    if pooled.main == 0:
        return NoResult(Reason.NO_VARIANCE)
    theta = pooled.both / pooled.covariate
    levels = []
    for sample in samples:
        spread = _spread(sample)
        if isinstance(spread, NoResult):
            return spread
        levels.append(_level(sample, spread, theta))
    ratio = 1 - pooled.both**2 / (pooled.covariate * pooled.main)
    return Adjusted(tuple(levels), theta, max(ratio, 0.0))


def _level(sample: CovariateSums, spread: _Spread, theta: float) -> Level:
    units = sample.main.units
    base = sample.main.sum / units
    adjusted = spread.main + theta**2 * spread.covariate - 2 * theta * spread.both
    return Level(
        units,
        base - theta * sample.covariate.sum / units,
        max(adjusted, 0.0) / units,
        base,
        spread.main / units,
        (spread.main - theta * spread.both) / units,
    )


def _spread(sample: CovariateSums) -> _Spread | NoResult:
    if sample.main.units != sample.covariate.units:
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    main, before = sample.main.variance(), sample.covariate.variance()
    if isinstance(main, NoResult):
        return main
    if isinstance(before, NoResult):
        return before
    both = covariance(sample.main.units, sample.main.sum, sample.covariate.sum, sample.product_sum)
    if not correlated(main, before, both):
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    return _Spread(main, before, both)
