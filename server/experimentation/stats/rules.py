"""Stopping rules: what an experiment declares before its start about when it may be judged. Judges nothing."""

from dataclasses import dataclass

from server.experimentation.stats.distributions import normal_quantile
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.sequential import TUNING, always_valid, half_width
from server.experimentation.stats.terms import Interval
from server.experimentation.stats.welch import welch


@dataclass(frozen=True, slots=True)
class AlwaysValid:
    """Look whenever you like: judged by the confidence sequence. The tuning is part of the plan."""

    tuning: float = TUNING

    def half_width(self, *, units: float, alpha: float) -> float:
        """In standard errors; ``units`` are those of the two arms compared."""
        return half_width(units=units, alpha=alpha, tuning=self.tuning)

    def interval(self, effect: Effect, alpha: float) -> Interval | NoResult:
        """The confidence sequence's interval."""
        found = always_valid(effect, alpha=alpha, tuning=self.tuning)
        return found if isinstance(found, NoResult) else found.interval


@dataclass(frozen=True, slots=True)
class OneLook:
    """Look once: judged by Welch's test."""

    def half_width(self, *, units: float, alpha: float) -> float:
        """In standard errors, for so many units that Student's t is normal."""
        return -float(normal_quantile(alpha / 2))

    def interval(self, effect: Effect, alpha: float) -> Interval | NoResult:
        """Welch's interval."""
        found = welch(effect, alpha=alpha)
        return found if isinstance(found, NoResult) else found.interval


ONE_LOOK = OneLook()


@dataclass(frozen=True, slots=True)
class FixedHorizon:
    """Look once, when the experiment has had this many units and days; 0 where the plan does not say.

    Both must be reached. A horizon of nothing at all would be reached before the start.
    """

    units: int = 0
    days: float = 0.0

    def __post_init__(self) -> None:
        if self.units <= 0 and self.days <= 0:
            raise ValueError("A fixed horizon needs a number of units or of days.")

    @property
    def test(self) -> OneLook:
        """How it is judged at its end."""
        return ONE_LOOK

    def is_reached(self, *, units: int, days: float) -> bool:
        """Whether the one look is due."""
        return units >= self.units and days >= self.days


Test = OneLook | AlwaysValid
StoppingRule = FixedHorizon | AlwaysValid
