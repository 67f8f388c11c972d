"""The posterior of one effect under a prior that is set and shown. No cure for peeking: no verdict rests on it."""

import math
from dataclasses import dataclass

from server.experimentation.stats.distributions import (
    normal_cdf,
    normal_density,
    normal_quantile,
    scaled_normal_tail,
)
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.terms import Direction, Interval, Scale, require_alpha


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """What is believed of an effect before the data: normal around the mean, on a scale of its own."""

    mean: float
    standard_deviation: float
    scale: Scale

    def on(self, scale: Scale, control_value: float) -> "NormalPrior":
        """The same belief on another scale: a lift times control's value is a difference."""
        if scale is self.scale:
            return self
        factor = control_value if self.scale is Scale.RELATIVE else 1 / control_value
        return NormalPrior(self.mean * factor, self.standard_deviation * abs(factor), scale)


@dataclass(frozen=True, slots=True)
class FlatPrior:
    """Every effect is as likely as any other before the data: the posterior is what was observed."""


FLAT = FlatPrior()
Prior = FlatPrior | NormalPrior


def cannot_move(prior: Prior, effect: Effect) -> NoResult | None:
    """Why a prior of another scale than the effect's says nothing of it, if so: 0 times any lift is 0."""
    moves = isinstance(prior, NormalPrior) and prior.scale is not effect.scale
    return NoResult(Reason.ZERO_CONTROL_MEAN) if moves and effect.control_value == 0 else None


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is believed after the data, with the prior that it rests on.

    Losses are on the effect's scale: what one gives up on average by shipping the treatment if
    it is worse, and by keeping control if the treatment is better.
    """

    scale: Scale
    mean: float
    standard_deviation: float
    interval: Interval
    chance_to_beat_control: float
    expected_loss: float
    expected_loss_of_control: float
    alpha: float
    prior: Prior


def posterior(effect: Effect, *, prior: Prior, direction: Direction, alpha: float) -> Posterior | NoResult:
    """The normal update of an effect: precision 1/σ² + 1/s², mean (m/σ² + x/s²) / precision.

    Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), §2.5. The credible interval has the same
    probability on both sides; under a flat prior it is the set of effects that a test would keep. The chance and the
    losses are about 0, and rest on the standard error that there is at 0, as a test's p-value does; what is believed
    of the effect itself rests on the one that there is at the effect, which for a lift is another.
    """
    require_alpha(alpha)
    z = -float(normal_quantile(alpha / 2))
    if isinstance(prior, NormalPrior):
        prior = prior.on(effect.scale, effect.control_value)
    mean, deviation = updated(effect.value, math.sqrt(effect.variance_at(effect.value)), prior)
    normal = Interval(mean - z * deviation, mean + z * deviation)
    credible = effect.within(z) if isinstance(prior, FlatPrior) else normal
    if isinstance(credible, NoResult):
        return credible
    against_zero, spread = updated(effect.value, effect.standard_error, prior)
    good = direction.sign * against_zero / spread
    return Posterior(
        effect.scale,
        mean,
        deviation,
        credible,
        float(normal_cdf(good)),
        spread * expected_excess(-good),
        spread * expected_excess(good),
        alpha,
        prior,
    )


def updated(value: float, standard_error: float, prior: Prior) -> tuple[float, float]:
    """Mean and standard deviation after an observation; both on the prior's scale."""
    if isinstance(prior, FlatPrior):
        return value, standard_error
    ratio = prior.standard_deviation / standard_error  # precisions would be beyond doubles
    weight = 1 / (1 + ratio * ratio)
    return prior.mean * weight + value * (1 - weight), prior.standard_deviation / math.hypot(1, ratio)


def expected_excess(z: float) -> float:
    """E max(Z + z, 0) of a standard normal Z: φ(z) + z Φ(z), computed so that it never falls to 0 by cancellation."""
    if z > 0:
        return z + expected_excess(-z)
    return normal_density(z) * max(1 + z * scaled_normal_tail(-z), 0.0)
