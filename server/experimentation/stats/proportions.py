"""Intervals and a test of proportions alone, for showing rates. No verdict rests on them."""

from server.experimentation.stats.distributions import as_p_value, normal_quantile, normal_tail
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Interval, require_alpha


def wilson(sample: ProportionCounts, *, alpha: float) -> Interval | NoResult:
    """Wilson's score interval (1927; Newcombe, Statistics in Medicine 17, 1998, 857, method 3).

    (x + z²/2 ± z √(x (n - x) / n + z²/4)) / (n + z²): inside 0 and 1 however few the successes.
    """
    require_alpha(alpha)
    if sample.units < 1:
        return NoResult(Reason.TOO_FEW_UNITS)
    if not 0 <= sample.successes <= sample.units:
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    units, done, z = sample.units, sample.successes, -float(normal_quantile(alpha / 2))
    half = z * (done * (units - done) / units + z * z / 4) ** 0.5
    middle, whole = done + z * z / 2, units + z * z
    return Interval(max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0))


def newcombe(first: ProportionCounts, second: ProportionCounts, *, alpha: float) -> Interval | NoResult:
    """Newcombe's hybrid score interval of p₁ - p₂ (Statistics in Medicine 17, 1998, 873, method 10).

    d - √((p₁ - l₁)² + (u₂ - p₂)²) to d + √((u₁ - p₁)² + (p₂ - l₂)²), of Wilson's l and u.
    """
    one, two = wilson(first, alpha=alpha), wilson(second, alpha=alpha)
    if isinstance(one, NoResult):
        return one
    if isinstance(two, NoResult):
        return two
    p, q = first.successes / first.units, second.successes / second.units
    down = ((p - one.low) ** 2 + (two.high - q) ** 2) ** 0.5
    up = ((one.high - p) ** 2 + (q - two.low) ** 2) ** 0.5
    return Interval(p - q - down, p - q + up)


def pooled_z(first: ProportionCounts, second: ProportionCounts) -> tuple[float, float] | NoResult:
    """z and the two-sided p-value of p₁ = p₂: (p₁ - p₂) / √(p (1 - p) (1/n₁ + 1/n₂)), with p of both together."""
    if min(first.units, second.units) < 1:
        return NoResult(Reason.TOO_FEW_UNITS)
    both = first + second
    rate = both.successes / both.units
    if not 0 < rate < 1:
        return NoResult(Reason.NO_VARIANCE)
    error = (rate * (1 - rate) * (1 / first.units + 1 / second.units)) ** 0.5
    z = (first.successes / first.units - second.successes / second.units) / error
    return z, as_p_value(2 * normal_tail(abs(z)))
