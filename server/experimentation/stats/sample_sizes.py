"""Published closed forms of sample sizes, to check `power` against and to compare with other calculators."""

import math

from server.experimentation.stats.distributions import noncentral_t_cdf, normal_quantile, root, t_quantile
from server.experimentation.stats.power import Design


def two_proportions(*, baseline: float, effect: float, alpha: float, power: float) -> float:
    """Units per arm: (z_{α/2} √(2 p (1 - p)) + z_β √(p (1 - p) + p' (1 - p')))² / δ² (Evan Miller's calculator)."""
    shifted = baseline + effect
    null = 2 * baseline * (1 - baseline)
    other = baseline * (1 - baseline) + shifted * (1 - shifted)
    wide, narrow = -float(normal_quantile(alpha / 2)), float(normal_quantile(power))
    return float(((wide * null**0.5 + narrow * other**0.5) / effect) ** 2)


def rule_of_sixteen(*, unit_variance: float, effect: float) -> float:
    """Units per arm, for α = 0.05 and a power of 0.8: 16 σ² / Δ² (Kohavi et al. 2009, after van Belle)."""
    return 16 * unit_variance / effect**2


def delta_method_error(design: Design, units: float) -> float:
    """A lift's standard error by the delta method at the design's effect, as calculators have it that test with it."""
    baseline, kept, lift = design.baseline, 1 - design.variance_reduction, design.effect
    own = baseline.variance_at(baseline.value * (1 + lift)) * kept / (units * design.treatment_share)
    control = baseline.unit_variance * (kept * (1 + 2 * lift) + lift**2) / (units * design.control_share)
    return math.sqrt(own + control) / abs(baseline.value)


def t_test(*, effect_size: float, alpha: float, power: float) -> float:
    """Units per arm for Student's t test with a standardised effect d, by the non-central t (Cohen 1988, §2.4)."""

    def missing(units: float) -> float:
        freedom, shift = 2 * (units - 1), effect_size * (units / 2) ** 0.5
        critical = -t_quantile(alpha / 2, freedom)
        rejected = 1 - noncentral_t_cdf(critical, freedom, shift) + noncentral_t_cdf(-critical, freedom, shift)
        return rejected - power

    by_normal = 2 * ((normal_quantile(power) - normal_quantile(alpha / 2)) / effect_size) ** 2
    return root(missing, 2.0, float(by_normal) + 20)
