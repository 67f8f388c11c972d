"""What must be counted of each unit's events so that every metric can be answered: each tally once, however many
metrics need it. Reads no event.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.warehouse.questions.terms import Aggregate, Measure, MetricQuestion, PropertyFilter, Shape


class Counted(StrEnum):
    """What a tally counts."""

    EVENTS = "EVENTS"
    NUMBERS = "NUMBERS"
    """Events whose value is a number."""
    TOTAL = "TOTAL"
    """The sum of those numbers."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one name that match all filters."""

    event: str
    filters: tuple[PropertyFilter, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """From and to when after a unit's first exposure; without an end as long as the unit is followed."""

    starts: int
    ends: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """How long before a unit's first exposure in any phase."""

    lookback: int


@dataclass(frozen=True, slots=True)
class Tally:
    """One number of each unit. Which property the value is does not matter where only events are counted."""

    selection: Selection
    when: Window | Past
    counted: Counted
    value_property: str | None = None


@dataclass(frozen=True, slots=True)
class Tallied:
    """The tallies that one measure is made of, in its window or in a unit's past."""

    aggregate: Aggregate
    selection: Selection
    when: Window | Past
    value_property: str | None

    @property
    def events(self) -> Tally:
        """How many events there are."""
        return Tally(self.selection, self.when, Counted.EVENTS)

    @property
    def numbers(self) -> Tally:
        """How many of them have a number."""
        return Tally(self.selection, self.when, Counted.NUMBERS, self.value_property)

    @property
    def total(self) -> Tally:
        """The sum of those numbers."""
        return Tally(self.selection, self.when, Counted.TOTAL, self.value_property)

    def tallies(self) -> tuple[Tally, ...]:
        """Those that the aggregate takes."""
        if self.aggregate is Aggregate.COUNT:
            return (self.events,)
        return (self.total,) if self.aggregate is Aggregate.SUM else (self.total, self.numbers)


def in_window(measure: Measure, shape: Shape) -> Tallied:
    """The measure after the first exposure."""
    return _tallied(measure, shape, Window(measure.starts, measure.ends))


def in_past(measure: Measure, shape: Shape, lookback: int) -> Tallied:
    """The measure before the first exposure in any phase; its own window does not matter there."""
    return _tallied(measure, shape, Past(lookback))


def has_past(metric: MetricQuestion) -> bool:
    """Whether the metric asks for what was before; order statistics have no use for it."""
    return metric.lookback > 0 and metric.shape is not Shape.QUANTILE


def tallies_of(metrics: Iterable[MetricQuestion]) -> tuple[Tally, ...]:
    """All that the metrics need, each once."""
    return tuple(dict.fromkeys(tally for metric in metrics for tally in _of_metric(metric)))


def _of_metric(metric: MetricQuestion) -> Iterable[Tally]:
    for measure in (metric.measure, metric.denominator):
        if measure is not None:
            yield from in_window(measure, metric.shape).tallies()
            if has_past(metric):
                yield from in_past(measure, metric.shape, metric.lookback).tallies()
    if metric.only_units_with_events:
        yield in_window(metric.measure, metric.shape).events


def _tallied(measure: Measure, shape: Shape, when: Window | Past) -> Tallied:
    aggregate = Aggregate.COUNT if shape is Shape.HAPPENED else measure.aggregate
    # The order of conditions that all must hold means nothing.
    filters = tuple(sorted(set(measure.filters), key=lambda it: (it.property, it.operator, it.values)))
    return Tallied(aggregate, Selection(measure.event, filters), when, measure.value_property)
