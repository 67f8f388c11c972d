"""Welch's test at a fixed horizon, and Fieller's interval. Not valid for those who look more than once."""

from dataclasses import dataclass

from server.experimentation.stats.distributions import as_p_value, normal_quantile, t_quantile, t_tail
from server.experimentation.stats.effects import Effect, cannot_divide_by
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
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


def welch(effect: Effect, *, alpha: float, alternative: Alternative = Alternative.TWO_SIDED) -> WelchResult:
    """Welch's unequal-variances t test (Biometrika 34, 1947) of an effect against 0.

    t = value / SE; the interval is value ± t_{1-α/2}(ν) SE, one-sided with t_{1-α}(ν) on one side.
    """
    require_alpha(alpha)
    error, freedom = effect.standard_error, effect.degrees_of_freedom
    statistic = effect.value / error
    two_sided = alternative is Alternative.TWO_SIDED
    critical = -t_quantile(alpha / 2 if two_sided else alpha, freedom)
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
        Interval.around(effect.value, critical * error, alternative),
        as_p_value(p_value),
        alpha,
        alternative,
    )


def fieller(control: Level, treatment: Level, *, alpha: float) -> Interval | NoResult:
    """Fieller's interval of the lift T / C - 1, of unadjusted levels (J. R. Stat. Soc. B 16, 1954).

    The ratios r with (T - r C)² ≤ z² (V_T + r² V_C). More exact than the delta method where
    control's value is uncertain, and not symmetric around the lift.
    """
    require_alpha(alpha)
    if control.variance <= 0 or treatment.variance <= 0:
        return NoResult(Reason.NO_VARIANCE)
    obstacle = cannot_divide_by(control)
    if obstacle:
        return obstacle
    square = float(normal_quantile(alpha / 2)) ** 2
    above, below = treatment.base, control.base
    a = below**2 - square * control.base_variance
    if a <= 0:
        return NoResult(Reason.CONTROL_NOT_CLEAR_OF_ZERO)
    b, c = above * below, above**2 - square * treatment.base_variance
    half = max(b * b - a * c, 0.0) ** 0.5
    return Interval((b - half) / a - 1, (b + half) / a - 1)
