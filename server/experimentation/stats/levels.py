"""What a metric comes to in one arm, whatever its kind: the one thing that every test starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A metric's value in one arm, with the variance of that value (not of the units).

    ``value`` is what is compared. ``base`` is what lifts are a share of. The two differ only
    after an adjustment by a covariate, which shifts values and leaves no level to divide by; ``covariance`` is
    that of the two.
    """

    units: int
    value: float
    variance: float
    base: float
    base_variance: float
    covariance: float

    @property
    def standard_error(self) -> float:
        """The standard deviation of the value."""
        return float(self.variance**0.5)

    @property
    def unit_variance(self) -> float:
        """The variance that one unit contributes: the value's variance times the number of units."""
        return self.variance * self.units

    @classmethod
    def plain(cls, units: int, value: float, variance: float) -> "Level":
        """A level without an adjustment."""
        return cls(units, value, variance, value, variance, variance)
