"""Means, variances and covariances from sums. Says so when the sums are those of no data."""

import math

from server.experimentation.stats.reasons import NoResult, Reason

ROUNDING = 1e-12
"""What of a sum of squares may be rounding: below it a variance counts as 0."""

LARGEST, SMALLEST = 1e100, 1e-100
"""Sums of squares outside of these are no data's: further on, doubles overflow and vanish."""

CLEAR_OF_ZERO = 3.0
"""How many standard errors what one divides by must be away from 0: nearer, the delta method misleads."""


def covariance(units: int, sum_x: float, sum_y: float, sum_xy: float) -> float:
    """The sample covariance: (Σxy - Σx·Σy / n) / (n - 1)."""
    return (sum_xy - sum_x * sum_y / units) / (units - 1)


def variance(units: int, total: float, sum_squares: float) -> float | NoResult:
    """The sample variance: (Σx² - (Σx)² / n) / (n - 1).

    What is left of rounding when all values are equal counts as 0. Sums of squares that are
    smaller than their sums allow (Cauchy-Schwarz) are refused.
    """
    if units < 2:
        return NoResult(Reason.TOO_FEW_UNITS)
    if not (0 <= sum_squares <= LARGEST and abs(total) <= LARGEST):
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    if sum_squares < SMALLEST and total * total < SMALLEST:
        return 0.0
    found = covariance(units, total, total, sum_squares)
    rounding = ROUNDING * sum_squares
    if found * (units - 1) < -rounding:
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    return found if found * (units - 1) > rounding else 0.0


def correlated(first: float, second: float, shared: float) -> bool:
    """Whether two variances can have this covariance (Cauchy-Schwarz, but for rounding)."""
    return math.isfinite(shared) and shared * shared <= first * second * (1 + 1e-9) + ROUNDING * max(first, second) ** 2
