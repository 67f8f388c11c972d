"""What a warehouse is asked about an experiment. Plain data: no engine, no model, no statistics.

All times and durations are whole microseconds; times are since the epoch, in UTC. A window
includes its start and excludes its end.
"""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """How an event's property is compared. A property that is not there matches only `IS_NOT_SET`."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT_EQUALS"
    IN = "IN"
    NOT_IN = "NOT_IN"
    GREATER_THAN = "GREATER_THAN"
    AT_LEAST = "AT_LEAST"
    LESS_THAN = "LESS_THAN"
    AT_MOST = "AT_MOST"
    IS_SET = "IS_SET"
    IS_NOT_SET = "IS_NOT_SET"


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """A condition on one property; the four comparisons of size take one number, written as text."""

    property: str
    operator: Operator
    values: tuple[str, ...] = ()


class Aggregate(StrEnum):
    """What is made of a unit's matching events."""

    COUNT = "COUNT"
    SUM = "SUM"
    """Of their values; an event without a value (or with one that is no number) adds nothing."""
    MEAN = "MEAN"
    """Of those values; a unit without any has none."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Events of one name that match all filters, in a window after a unit's first exposure, and what is made of them.

    ``value_property`` None is the event's own value. ``ends`` None is for as long as the unit is followed.
    """

    event: str
    aggregate: Aggregate
    filters: tuple[PropertyFilter, ...] = ()
    value_property: str | None = None
    starts: int = 0
    ends: int | None = None


class Shape(StrEnum):
    """What a metric makes of each unit's measure."""

    HAPPENED = "HAPPENED"
    """1 where there is a matching event, else 0."""
    VALUE = "VALUE"
    """The measure itself."""
    RATIO = "RATIO"
    """The measure over a second one: both are kept."""
    QUANTILE = "QUANTILE"
    """The measure itself, of which order statistics are asked."""


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """One metric. At most one of ``cap`` and ``winsorise`` is given, and neither for HAPPENED or QUANTILE.

    ``cap`` is the largest value that a unit counts with. ``winsorise`` is a level (0 to 1): values above
    that quantile of the units of all variants together count as that quantile. Of ratios the cap is on
    the numerator. ``whole_window`` leaves out units that are not followed to the window's end (retention).
    ``lookback`` is how long before its first exposure in the experiment, in whatever phase and to whatever
    variant, a unit's past counts for CUPED; 0 for no past at all. What an earlier phase did to it is no past.
    With ``only_units_with_events`` units whose measure has no event are left out.
    """

    name: str
    shape: Shape
    measure: Measure
    denominator: Measure | None = None
    quantile: float | None = None
    cap: float | None = None
    winsorise: float | None = None
    whole_window: bool = False
    only_units_with_events: bool = False
    lookback: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Phases that are looked at as one: a unit counts once, at its first exposure in any of them.

    ``closed`` is when the last of them ended, or the time as of which the question is asked.
    """

    id: int
    phases: tuple[int, ...]
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class ExperimentQuestion:
    """What is asked of an experiment: ``variants`` are control first; ``phases`` have scopes of their own.

    An exposure counts in the phase that it names, if it happened within that phase. A unit that met two
    variants in a scope counts in none: it is quarantined. It is followed from its first exposure to the
    scope's end, or to its first exposure to another variant in another phase, if that is earlier.
    ``dimension`` is a property of exposures: the one of a unit's first exposure counts. ``answered`` are the ids
    of the scopes that are answered, None for all: the others only say when phases were, and so where pasts end.
    """

    environment_id: int
    experiment: str
    variants: tuple[str, ...]
    scopes: tuple[Scope, ...]
    as_of: int
    metrics: tuple[MetricQuestion, ...] = ()
    dimension: str | None = None
    answered: tuple[int, ...] | None = None
