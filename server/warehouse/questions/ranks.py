"""At which ranks the order statistics of a quantile are, and the quantile between them. Sorts nothing.

A sample quantile is the linear one (Hyndman and Fan 1996, type 7, NumPy's default); around it are the order
statistics at ranks n (ν ± 1.96 √(ν (1 - ν) / n)), rounded outwards (Deng, Knoblich, Lu, KDD 2018, §4).
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.warehouse.questions.answers import Quantile

CRITICAL = 1.959963984540054
"""Φ⁻¹(0.975)."""


@dataclass(frozen=True, slots=True)
class Run:
    """Units with one value: the last of them has this rank, from 1 for the smallest value."""

    value: float
    last: int


def quantile_of(runs: Sequence[Run], *, units: int, nu: float) -> Quantile:
    """The quantile and its interval; of the runs, in order, only those around `ranks` need be there."""
    if units == 0:
        return Quantile(0, None, None, None)
    rank, weight = interpolation(units=units, nu=nu)
    value = _at(runs, rank)
    if weight > 0:
        value = (1 - weight) * value + weight * _at(runs, rank + 1)
    low, high = interval(units=units, nu=nu)
    if low < 1 or high > units:
        return Quantile(units, value, None, None)
    return Quantile(units, value, _at(runs, low), _at(runs, high))


def interpolation(*, units: int, nu: float) -> tuple[int, float]:
    """A rank, and how far from it to the next the quantile lies: 1 + (n - 1) ν."""
    position = (units - 1) * nu
    rank = min(math.floor(position), units - 2) if units > 1 else 0
    return rank + 1, position - rank


def interval(*, units: int, nu: float) -> tuple[int, int]:
    """The ranks of the interval's ends; with few units one of them lies outside of 1 to n."""
    spread = CRITICAL * math.sqrt(units * nu * (1 - nu))
    return math.floor(units * nu - spread), math.ceil(units * nu + spread)


def near_ranks(*, first: Any, last: Any, units: Any, nu: float) -> Any:
    """Whether ranks from ``first`` to ``last`` include any that `quantile_of` needs, as an expression.

    One or two more may be let through: engines round on the way, and which ranks are meant is decided above.
    """
    total = units.cast("float64")
    middle, spread = total * nu, (total * (nu * (1 - nu))).sqrt() * CRITICAL
    positions = ((total - 1.0) * nu + 1.0, middle - spread, middle + spread)
    found = [(last > position - 1.5) & (first < position + 1.5 + 1) for position in positions]
    return found[0] | found[1] | found[2]


def _at(runs: Sequence[Run], rank: int) -> float:
    return runs[bisect_left(runs, rank, key=lambda run: run.last)].value
