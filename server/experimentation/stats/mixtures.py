"""Mixture sequential tests of other tools, for comparing figures with theirs. No verdict of ours rests on them."""

import math
from dataclasses import dataclass

from server.experimentation.stats.distributions import as_p_value, normal_quantile
from server.experimentation.stats.terms import require_alpha


@dataclass(frozen=True, slots=True)
class MixtureResult:
    """The mixture likelihood ratio at one look, and the p-value that it alone gives."""

    likelihood_ratio: float
    p_value: float


def normal_mixture(
    *, difference: float, variance_per_arm: float, units_per_arm: float, tau_squared: float
) -> MixtureResult:
    """The mSPRT of Johari, Koomen, Pekelis, Walsh ("Always valid inference", Operations Research 70, 2022).

    With V = 2σ²: Λ = √(V / (V + nτ²)) exp(n² τ² θ̂² / (2 V (V + nτ²))), and p = min(1, 1/Λ).
    """
    spread = 2 * variance_per_arm
    mixed = spread + units_per_arm * tau_squared
    exponent = units_per_arm**2 * tau_squared * difference**2 / (2 * spread * mixed)
    log_ratio = math.log(spread / mixed) / 2 + exponent
    return MixtureResult(math.exp(min(log_ratio, 709.0)), as_p_value(math.exp(min(-log_ratio, 0.0))))


def mixture_critical_value(
    *, treatment_variance: float, treatment_units: int, control_variance: float, control_units: int, alpha: float
) -> float:
    """The bound on z that Statsig documents: √((V + τ) / τ · (-2 ln(α/2) - ln(V / (V + τ)))).

    V = s_T² / n_T + s_C² / n_C, and τ = z²_{1-α/2} (s_T² + s_C²) / (n_T + n_C).
    """
    require_alpha(alpha)
    variance = treatment_variance / treatment_units + control_variance / control_units
    whole = (treatment_variance + control_variance) / (treatment_units + control_units)
    tau = float(normal_quantile(alpha / 2)) ** 2 * whole
    logarithm = -2 * math.log(alpha / 2) - math.log(variance / (variance + tau))
    return math.sqrt((variance + tau) / tau * logarithm)
