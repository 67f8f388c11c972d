"""CUPED for ratios: a ratio adjusted by the same ratio from before the experiment. See `cuped` for means."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.experimentation.stats.cuped import Adjusted
from server.experimentation.stats.levels import Level
from server.experimentation.stats.moments import correlated, covariance
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import RatioSums


@dataclass(frozen=True, slots=True)
class RatioCovariateSums:
    """Sums of a ratio, of the ratio from before, and of the four products between them.

    ``numerators_sum`` is Σ of numerator times numerator before, ``numerator_denominator_sum``
    of numerator times denominator before, and so on.
    """

    main: RatioSums
    covariate: RatioSums
    numerators_sum: float
    denominators_sum: float
    numerator_denominator_sum: float
    denominator_numerator_sum: float

    def __add__(self, other: "RatioCovariateSums") -> "RatioCovariateSums":
        return RatioCovariateSums(
            self.main + other.main,
            self.covariate + other.covariate,
            self.numerators_sum + other.numerators_sum,
            self.denominators_sum + other.denominators_sum,
            self.numerator_denominator_sum + other.numerator_denominator_sum,
            self.denominator_numerator_sum + other.denominator_numerator_sum,
        )


def adjust_ratios(samples: Sequence[RatioCovariateSums]) -> Adjusted | NoResult:
    """R - θ R₀, by the delta method on the four means (Deng, Knoblich, Lu, KDD 2018, §3, and WSDM 2013).

    A ratio is linearised as (m - R d) / d̄, and so is the one from before; θ is the sum over the arms of their
    covariances by the sum of the variances of the latter.
    """
    parts = []
    for sample in samples:
        part = _linearised(sample)
        if isinstance(part, NoResult):
            return part
        parts.append(part)
    before = sum(part.before_variance for part in parts)
    after = sum(part.level.variance * part.level.units for part in parts)
    if before == 0:
        return NoResult(Reason.NO_COVARIATE_VARIANCE)
    if after == 0:
        return NoResult(Reason.NO_VARIANCE)
    both = sum(part.both for part in parts)
    theta = both / before
    levels = tuple(_level(part, theta) for part in parts)
    return Adjusted(levels, theta, max(1 - both**2 / (before * after), 0.0))


@dataclass(frozen=True, slots=True)
class _Linearised:
    level: Level
    before: float
    before_variance: float
    both: float


def _linearised(sample: RatioCovariateSums) -> _Linearised | NoResult:
    if sample.main.units != sample.covariate.units:
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    level, before = sample.main.level(), sample.covariate.level()
    if isinstance(level, NoResult):
        return level
    if isinstance(before, NoResult):
        return before
    n, now, then = sample.main.units, sample.main, sample.covariate
    shared = (
        covariance(n, now.numerator_sum, then.numerator_sum, sample.numerators_sum)
        - before.value * covariance(n, now.numerator_sum, then.denominator_sum, sample.numerator_denominator_sum)
        - level.value * covariance(n, now.denominator_sum, then.numerator_sum, sample.denominator_numerator_sum)
        + level.value * before.value * covariance(n, now.denominator_sum, then.denominator_sum, sample.denominators_sum)
    ) / ((now.denominator_sum / n) * (then.denominator_sum / n))
    if not correlated(level.unit_variance, before.unit_variance, shared):
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    return _Linearised(level, before.value, before.unit_variance, shared)


def _level(part: _Linearised, theta: float) -> Level:
    units, variance = part.level.units, part.level.unit_variance
    value = part.level.value - theta * part.before
    adjusted = variance + theta**2 * part.before_variance - 2 * theta * part.both
    return Level(
        units,
        value,
        max(adjusted, 0.0) / units,
        part.level.value,
        variance / units,
        (variance - theta * part.both) / units,
    )
