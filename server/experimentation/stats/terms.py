"""The words that requests and results share: scale, direction, alternative, interval. Computes nothing."""

from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """What an effect is measured in. Explicit in every request and every result."""

    ABSOLUTE = "ABSOLUTE"
    """Treatment minus control, in the metric's own units."""
    RELATIVE = "RELATIVE"
    """That difference as a share of control's value: 0.05 is 5 % more."""


class Direction(StrEnum):
    """Which way of a metric is the good one."""

    HIGHER_IS_BETTER = "HIGHER_IS_BETTER"
    LOWER_IS_BETTER = "LOWER_IS_BETTER"

    @property
    def sign(self) -> int:
        """+1 or -1: an effect times it is above 0 when it is good."""
        return 1 if self is Direction.HIGHER_IS_BETTER else -1


class Alternative(StrEnum):
    """What a test looks for: any difference, only more, or only less than control."""

    TWO_SIDED = "TWO_SIDED"
    GREATER = "GREATER"
    LESS = "LESS"


@dataclass(frozen=True, slots=True)
class Interval:
    """From low to high; a one-sided interval is infinite on its open side."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether the value lies outside."""
        return not self.low <= value <= self.high

    def lies_within(self, distance: float) -> bool:
        """Whether all of it is nearer to 0 than the distance."""
        return -distance < self.low and self.high < distance

    def turned(self, direction: Direction) -> "Interval":
        """The same interval with good above 0 and bad below it."""
        return self if direction.sign > 0 else Interval(-self.high, -self.low)

    @classmethod
    def of(cls, low: float, high: float, alternative: Alternative) -> "Interval":
        """The interval of a test: two-sided, or open on the side that the test does not look at."""
        return cls(
            float("-inf") if alternative is Alternative.LESS else low,
            float("inf") if alternative is Alternative.GREATER else high,
        )


def require_alpha(alpha: float) -> None:
    """Raise unless this is a significance level.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"A significance level lies between 0 and 1, not at {alpha}.")
