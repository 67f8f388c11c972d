"""Which arm is the best one: chances and expected losses over control and all treatments together.

Effects against one control are correlated; ignoring it would overstate the chance of a
treatment when control happens to be low. Verdicts never rest on these numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.experimentation.stats.bayes import FlatPrior, NormalPrior, Prior, updated
from server.experimentation.stats.distributions import normal_cdf, normal_mean, normal_quantile, unit_rule
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.terms import Direction

POINTS = 160
"""Nodes of each of the two quadratures: chances are exact to 1e-6."""


@dataclass(frozen=True, slots=True)
class Best:
    """Chance to be best and expected loss: of control, and of the treatments in the order given.

    An arm's expected loss is what one gives up on average by shipping it in the place of the best one.
    """

    chance_of_control: float
    chances: tuple[float, ...]
    loss_of_control: float
    losses: tuple[float, ...]
    prior: Prior


@dataclass(frozen=True, slots=True)
class _Factor:
    """A posterior effect as mean + shared·W + own·Z: W is control's error, the same for all treatments."""

    mean: float
    shared: float
    own: float


def best(effects: Sequence[Effect], *, prior: Prior, direction: Direction) -> Best:
    """Chances and losses from the joint posterior of the effects of all treatments.

    Each effect is updated on its own, as in `bayes`; the parts of its variance that are its own
    and control's shrink alike, and control's part is common to all. Under a flat prior that is
    the exact posterior of independent arms.
    """
    factors = [_factor(effect, prior, direction) for effect in effects]
    highest = _expected_highest(factors)
    return Best(
        _chance_of_control(factors),
        tuple(_chance(factors, index) for index in range(len(factors))),
        highest,
        tuple(max(highest - factor.mean, 0.0) for factor in factors),
        prior,
    )


def _factor(effect: Effect, prior: Prior, direction: Direction) -> _Factor:
    if isinstance(prior, NormalPrior):
        prior = prior.on(effect.scale, effect.control_value)
    mean, deviation = updated(effect.value, effect.standard_error, prior)
    shrink = 1.0 if isinstance(prior, FlatPrior) else deviation / effect.standard_error
    return _Factor(
        direction.sign * mean,
        shrink * math.sqrt(effect.control_variance),
        shrink * math.sqrt(effect.own_variance),
    )


def _chance_of_control(factors: Sequence[_Factor]) -> float:
    """P(no effect is above 0) = E Π Φ((-μ - g W) / s)."""
    return normal_mean(lambda shared: _none_above_zero(factors, shared))


def _none_above_zero(factors: Sequence[_Factor], shared: float) -> float:
    return float(math.prod(normal_cdf(-(each.mean + each.shared * shared) / each.own) for each in factors))


def _chance(factors: Sequence[_Factor], index: int) -> float:
    """P(effect i is above 0 and above all others): Gauss-Legendre over control's error and the arm's own."""
    rule = unit_rule(POINTS)
    ours, shared = factors[index], normal_quantile(rule.nodes)[:, None]
    lowest = normal_cdf((-ours.mean - ours.shared * shared) / ours.own)
    own = normal_quantile(lowest + (1 - lowest) * rule.nodes[None, :])
    x: Any = ours.mean + ours.shared * shared + ours.own * own
    below: Any = 1.0
    for place, other in enumerate(factors):
        if place != index:
            below = below * normal_cdf((x - other.mean - other.shared * shared) / other.own)
    inner = ((1 - lowest) * below * rule.weights[None, :]).sum(axis=1)
    return min(max(float((inner * rule.weights).sum()), 0.0), 1.0)


def _expected_highest(factors: Sequence[_Factor]) -> float:
    """E max(0, all effects) = ∫₀^∞ P(some effect > x) dx."""
    rule = unit_rule(POINTS)
    top = max(each.mean + 9 * math.hypot(each.shared, each.own) for each in factors)
    if top <= 0:
        return 0.0
    shared, x = normal_quantile(rule.nodes)[:, None], top * rule.nodes[None, :]
    below: Any = 1.0
    for each in factors:
        below = below * normal_cdf((x - each.mean - each.shared * shared) / each.own)
    return float((((1 - below) * rule.weights[None, :]).sum(axis=1) * rule.weights).sum() * top)
