"""Always-valid inference: intervals and p-values that hold at every look at once. Knows no schedule of looks.

Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central
limit theory and asymptotic confidence sequences", Annals of Statistics 52, 2024; arXiv 2103.06476).
"""

import math
from dataclasses import dataclass

from server.experimentation.stats.distributions import as_p_value
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.terms import Alternative, Interval, Scale, require_alpha

SMALLEST_ARM = 100
"""Units that each arm must have before a sequence starts: asymptotic statements need a sample."""

TUNING = 5000.0
"""At how many units the sequence is tightest, where a plan does not say: both arms together."""


@dataclass(frozen=True, slots=True)
class AlwaysValidResult:
    """An interval and a p-value that hold however often one looks, and whenever one stops."""

    scale: Scale
    value: float
    standard_error: float
    interval: Interval
    p_value: float
    alpha: float
    alternative: Alternative
    tuning: float


def always_valid(
    effect: Effect,
    *,
    alpha: float,
    tuning: float = TUNING,
    alternative: Alternative = Alternative.TWO_SIDED,
    smallest_arm: int = SMALLEST_ARM,
) -> AlwaysValidResult | NoResult:
    """The confidence sequence of an effect at its present number of units.

    The tuning is fixed before the start, and is no function of the data: it says at how many
    units the sequence is tightest, and costs little elsewhere.
    """
    if min(effect.control_units, effect.treatment_units) < smallest_arm:
        return NoResult(Reason.TOO_FEW_UNITS)
    error, units = effect.standard_error, effect.units
    interval = effect.within(half_width(units=units, alpha=alpha, tuning=tuning, alternative=alternative), alternative)
    if isinstance(interval, NoResult):
        return interval
    return AlwaysValidResult(
        effect.scale,
        effect.value,
        error,
        interval,
        p_value(effect.value / error, units=units, alpha=alpha, tuning=tuning, alternative=alternative),
        alpha,
        alternative,
        tuning,
    )


def rho_squared(*, alpha: float, tuning: float) -> float:
    """ρ² = (-2 ln α + ln(1 - 2 ln α)) / tuning: the two-sided sequence is tightest there (ibid., eq. 161)."""
    require_alpha(alpha)
    if tuning <= 0:
        raise ValueError(f"A sequence is tightest at a number of units above 0, not at {tuning}.")
    return (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuning


def half_width(*, units: float, alpha: float, tuning: float, alternative: Alternative = Alternative.TWO_SIDED) -> float:
    """The half-width in standard errors, where a fixed horizon has 1.96.

    Two-sided: √(2 (nρ² + 1) / (nρ²) · ln(√(nρ² + 1) / α)) (ibid., eq. 9). One-sided:
    ln(1 + √(nρ² + 1) / (2α)) in the place of the logarithm, and the ρ of 2α (ibid., eq. 155).
    """
    if alternative is Alternative.TWO_SIDED:
        information = units * rho_squared(alpha=alpha, tuning=tuning)
        logarithm = math.log(math.sqrt(information + 1) / alpha)
    else:
        information = units * rho_squared(alpha=_two_sided(alpha), tuning=tuning)
        logarithm = math.log1p(math.sqrt(information + 1) / (2 * alpha))
    return math.sqrt(2 * (information + 1) / information * logarithm)


def p_value(
    score: float,
    *,
    units: float,
    alpha: float,
    tuning: float,
    alternative: Alternative = Alternative.TWO_SIDED,
) -> float:
    """The smallest level whose sequence excludes 0, with ρ held at the plan's α; ``score`` is value / SE.

    Two-sided: √(nρ² + 1) · exp(-z² nρ² / (2 (nρ² + 1))), at most 1: the half-width solved for α.
    """
    if alternative is Alternative.TWO_SIDED:
        information = units * rho_squared(alpha=alpha, tuning=tuning)
        evidence = score**2 * information / (2 * (information + 1))
        return as_p_value(math.exp(min(math.log(information + 1) / 2 - evidence, 0.0)))
    towards = score if alternative is Alternative.GREATER else -score
    if towards <= 0:
        return 1.0
    information = units * rho_squared(alpha=_two_sided(alpha), tuning=tuning)
    evidence = towards**2 * information / (2 * (information + 1))
    # 1 / (e^x - 1), which is e^-x when x is too large for a double's exponent.
    shrunk = math.exp(-evidence) if evidence > 700 else 1 / math.expm1(evidence) if evidence > 0 else math.inf
    return as_p_value(math.sqrt(information + 1) / 2 * shrunk)


def _two_sided(alpha: float) -> float:
    return min(2 * alpha, 0.999)
