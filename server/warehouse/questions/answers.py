"""What a warehouse answers about an experiment: counts and sums. Plain data: nothing is inferred from it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the units of one variant. Which are 0 for want of a denominator or a past, the question says.

    y is the value (of a ratio: its numerator), d the denominator, y0 and d0 the same from before the
    unit's first exposure in any phase. ``units`` are those that the metric counts.
    """

    units: int
    y: float = 0.0
    yy: float = 0.0
    d: float = 0.0
    dd: float = 0.0
    yd: float = 0.0
    y0: float = 0.0
    y0y0: float = 0.0
    d0: float = 0.0
    d0d0: float = 0.0
    y0d0: float = 0.0
    yy0: float = 0.0
    dd0: float = 0.0
    yd0: float = 0.0
    dy0: float = 0.0


@dataclass(frozen=True, slots=True)
class Quantile:
    """A sample quantile of type 7, and the order statistics at the ranks of its 95 % interval; those are null
    where there are too few units for them."""

    units: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant in one scope, of one value of the dimension: units, and an answer to each metric, in their order.

    ``dimension_value`` is None where no dimension was asked, or the exposures do not have it. Of a dimension with
    very many values, `questions.dimensions.OTHER` stands for all but those with the most units.
    """

    scope: int
    variant: str
    units: int
    metrics: tuple[Sums | Quantile, ...]
    dimension_value: str | None = None


@dataclass(frozen=True, slots=True)
class Caps:
    """What the values of a winsorised metric were capped at, by scope."""

    metric: str
    by_scope: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class NewUnits:
    """Units of one variant whose first exposure in a phase was on one day (days since the epoch, UTC)."""

    scope: int
    variant: str
    day: int
    units: int


@dataclass(frozen=True, slots=True)
class ScopeCounts:
    """What else became of the exposures that name a scope's phases.

    ``quarantined`` units met more than one variant. ``outside`` exposures happened before the phase or
    after it; ``unknown`` ones name a variant that the experiment does not have. Neither counts.
    """

    scope: int
    quarantined: int
    outside: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ExperimentAnswer:
    """The whole answer, about the scopes that are answered. An arm that nobody met is not in it."""

    arms: tuple[Arm, ...]
    caps: tuple[Caps, ...]
    new_units: tuple[NewUnits, ...]
    counts: tuple[ScopeCounts, ...]
    first_exposure: int | None
    last_exposure: int | None


@dataclass(frozen=True, slots=True)
class MetricValues:
    """What one metric counts each unit with, after caps: NaN where it leaves the unit out.

    None is what the metric does not have: a denominator, or a past.
    """

    y: Numbers
    d: Numbers | None
    y0: Numbers | None
    d0: Numbers | None


@dataclass(frozen=True, slots=True)
class UnitValues:
    """All units of one scope that are not quarantined: the place of each one's variant among the question's, and its
    value of each metric. Sorted by these, so that equal data have one order, whatever the engine."""

    arms: np.ndarray[Any, np.dtype[np.int64]]
    metrics: tuple[MetricValues, ...]


@dataclass(frozen=True, slots=True)
class BaselineAnswer:
    """What an environment's units do without any experiment: how many there are and come anew each day, and an
    answer to each metric, in their order."""

    units: int
    units_per_day: float
    metrics: tuple[Sums | Quantile, ...]
