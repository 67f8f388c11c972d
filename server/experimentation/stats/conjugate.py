"""Exact chances of rates: Beta posteriors of proportions and Gamma posteriors of counts. For small samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.experimentation.stats.distributions import (
    beta_cdf,
    beta_quantile,
    gamma_cdf,
    gamma_quantile,
    normal_cdf,
    normal_mean,
)
from server.experimentation.stats.samples import ProportionCounts


class RatePosterior(Protocol):
    """A posterior of one arm's rate: independent of those of the other arms."""

    def cdf(self, x: float) -> float:
        """The probability that the rate is at most x."""

    def quantile(self, p: float) -> float:
        """The rate that it exceeds with probability 1 - p."""


@dataclass(frozen=True, slots=True)
class BetaPosterior:
    """Of a proportion: Beta(a + successes, b + failures)."""

    a: float
    b: float

    def cdf(self, x: float) -> float:
        """The regularised incomplete beta function."""
        return float(beta_cdf(x, self.a, self.b))

    def quantile(self, p: float) -> float:
        """Its inverse."""
        return float(beta_quantile(p, self.a, self.b))

    @classmethod
    def after(cls, sample: ProportionCounts, *, prior: tuple[float, float] = (1.0, 1.0)) -> "BetaPosterior":
        """Update Beta(a, b), by default the uniform distribution."""
        return cls(prior[0] + sample.successes, prior[1] + sample.units - sample.successes)


@dataclass(frozen=True, slots=True)
class GammaPosterior:
    """Of events per exposure: Gamma(shape + events, rate + exposure)."""

    shape: float
    rate: float

    def cdf(self, x: float) -> float:
        """The regularised incomplete gamma function."""
        return float(gamma_cdf(x, self.shape, self.rate))

    def quantile(self, p: float) -> float:
        """Its inverse."""
        return float(gamma_quantile(p, self.shape, self.rate))


def chances_to_be_highest(arms: Sequence[RatePosterior]) -> tuple[float, ...]:
    """P(arm i has the highest rate), for each arm: E Π_{j≠i} F_j(F_i⁻¹(Φ(Z))).

    Of two arms, the chance to beat control: Evan Miller, "Formulas for Bayesian A/B testing" (2015), eq. 6 for
    proportions and the count-data formula. Put so, the integrand is bounded and monotonic.
    """
    return tuple(normal_mean(_others_below(arms, index)) for index in range(len(arms)))


def _others_below(arms: Sequence[RatePosterior], index: int) -> Callable[[float], float]:
    def product(z: float) -> float:
        x, found = arms[index].quantile(float(normal_cdf(z))), 1.0
        for place, arm in enumerate(arms):
            if place != index:
                found *= arm.cdf(x)
        return found

    return product
