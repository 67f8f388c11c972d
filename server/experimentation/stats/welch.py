"""Welch's test at a fixed horizon. Not valid for those who look more than once."""

from dataclasses import dataclass

from server.experimentation.stats.distributions import as_p_value, t_quantile, t_tail
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.terms import Alternative, Interval, Scale, require_alpha


@dataclass(frozen=True, slots=True)
class WelchResult:
    """An interval and a p-value that hold for one look at a time that was fixed before."""

    scale: Scale
    value: float
    standard_error: float
    statistic: float
    degrees_of_freedom: float
    interval: Interval
    p_value: float
    alpha: float
    alternative: Alternative


def welch(effect: Effect, *, alpha: float, alternative: Alternative = Alternative.TWO_SIDED) -> WelchResult | NoResult:
    """Welch's unequal-variances t test (Biometrika 34, 1947) of an effect against 0.

    t = value / SE; the interval is of the effects within t_{1-α/2}(ν) of it, one-sided within t_{1-α}(ν) on one side.
    """
    require_alpha(alpha)
    error, freedom = effect.standard_error, effect.degrees_of_freedom
    statistic = effect.value / error
    two_sided = alternative is Alternative.TWO_SIDED
    interval = effect.within(-t_quantile(alpha / 2 if two_sided else alpha, freedom), alternative)
    if isinstance(interval, NoResult):
        return interval
    match alternative:
        case Alternative.TWO_SIDED:
            p_value = 2 * t_tail(abs(statistic), freedom)
        case Alternative.GREATER:
            p_value = t_tail(statistic, freedom)
        case Alternative.LESS:
            p_value = t_tail(-statistic, freedom)
    return WelchResult(
        effect.scale,
        effect.value,
        error,
        statistic,
        freedom,
        interval,
        as_p_value(p_value),
        alpha,
        alternative,
    )
