"""Guardrails: is a metric that must not suffer still within its margin? Looks for no improvement.

Non-inferiority, not the absence of a significant drop: little data would pass that.
"""

from dataclasses import dataclass
from enum import StrEnum

from server.experimentation.stats.distributions import as_p_value, normal_quantile, normal_tail
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.terms import Alternative, Direction, Interval, Scale, require_alpha


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric, and how much of it one is ready to lose: the margin, at least 0, on its scale."""

    name: str
    margin: float
    scale: Scale
    direction: Direction

    def __post_init__(self) -> None:
        if not self.margin >= 0:
            raise ValueError(f"A margin is how much may be lost, at least 0, not {self.margin}.")


class Standing(StrEnum):
    """What an interval says of a guardrail."""

    SAFE = "SAFE"
    """All of the interval is within the margin."""
    HARMED = "HARMED"
    """All of the interval is beyond the margin."""
    OPEN = "OPEN"
    """Neither: the margin is inside the interval."""


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """A test, for one look, of whether the loss is smaller than the margin. ``bound`` is the worst case at 1 - α."""

    scale: Scale
    direction: Direction
    margin: float
    value: float
    standard_error: float
    bound: float
    statistic: float
    p_value: float
    alpha: float


def non_inferiority(effect: Effect, *, margin: float, direction: Direction, alpha: float) -> NonInferiority | NoResult:
    """One-sided z of "worse by the margin or more" (Blackwelder, Controlled Clinical Trials 3, 1982).

    With good turned above 0: z is the score against the loss of the margin, p = 1 - Φ(z); the bound is the
    smallest effect that z_{1-α} keeps.
    """
    require_alpha(alpha)
    sign = direction.sign
    statistic = sign * effect.score_against(-sign * margin)
    kept = effect.within(-float(normal_quantile(alpha)), Alternative.GREATER if sign > 0 else Alternative.LESS)
    if isinstance(kept, NoResult):
        return kept
    return NonInferiority(
        effect.scale,
        direction,
        margin,
        effect.value,
        effect.standard_error,
        kept.low if sign > 0 else kept.high,
        statistic,
        as_p_value(normal_tail(statistic)),
        alpha,
    )


def standing(interval: Interval, *, margin: float, direction: Direction) -> Standing:
    """Where an interval lies: harmed is proven to be worse *than the margin*, for that is what is not accepted."""
    good = interval.turned(direction)
    if good.low > -margin:
        return Standing.SAFE
    return Standing.HARMED if good.high < -margin else Standing.OPEN
