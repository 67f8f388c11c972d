"""What each metric makes of a unit's tallies: y and d, and y0 and d0 from its past. Aggregates nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import ibis

from server.warehouse.questions.tallies import Tallied, has_past, in_past, in_window
from server.warehouse.questions.terms import Aggregate, MetricQuestion, Shape
from server.warehouse.questions.unit_table import UnitTable, whole_window


@dataclass(frozen=True, slots=True)
class Values:
    """A metric's columns, of doubles. ``y`` is null where the metric leaves the unit out; the others are null there
    too, or not there at all: without a denominator, without a past."""

    y: Any
    d: Any | None
    y0: Any | None
    d0: Any | None


def values_of(table: UnitTable, metric: MetricQuestion, caps: Mapping[int, float] | None = None) -> Values:
    """The metric's values of each unit; with the caps, by scope, of a winsorised one."""
    y = _measured(table, in_window(metric.measure, metric.shape), metric.shape)
    d = y0 = d0 = None
    if metric.denominator is not None:
        d = _measured(table, in_window(metric.denominator, metric.shape), metric.shape)
    if has_past(metric):
        y0 = _past(table, in_past(metric.measure, metric.shape, metric.lookback), metric.shape)
        if metric.denominator is not None:
            d0 = _past(table, in_past(metric.denominator, metric.shape, metric.lookback), metric.shape)
    counted = _counted(table, metric, y)
    y, y0 = (_capped(table, metric, value, caps) for value in (y, y0))
    return Values(*(_where(counted, value) for value in (y, d, y0, d0)))


def _measured(table: UnitTable, measure: Tallied, shape: Shape) -> Any:
    if measure.aggregate is Aggregate.COUNT:
        events = table.rows[table.tallies[measure.events]]
        return (events > 0).cast("int32").cast("float64") if shape is Shape.HAPPENED else events.cast("float64")
    total = table.rows[table.tallies[measure.total]]
    if measure.aggregate is Aggregate.SUM:
        return total
    numbers = table.rows[table.tallies[measure.numbers]]
    return ibis.ifelse(numbers > 0, total / numbers.nullif(0), ibis.null("float64"))


def _past(table: UnitTable, measure: Tallied, shape: Shape) -> Any:
    """A unit without a mean in its past has 0 there: any number will do that its variant does not change."""
    return ibis.coalesce(_measured(table, measure, shape), ibis.literal(0.0))


def _counted(table: UnitTable, metric: MetricQuestion, y: Any) -> Any | None:
    """Whether the metric counts the unit; None where it counts all."""
    conditions = []
    if metric.measure.aggregate is Aggregate.MEAN and metric.shape is not Shape.HAPPENED:
        conditions.append(y.notnull())
    if metric.only_units_with_events:
        conditions.append(table.rows[table.tallies[in_window(metric.measure, metric.shape).events]] > 0)
    if metric.whole_window:
        conditions.append(table.rows[table.followed[whole_window(metric)]])
    return reduce(and_, conditions) if conditions else None


def _capped(table: UnitTable, metric: MetricQuestion, value: Any, caps: Mapping[int, float] | None) -> Any:
    if value is None:
        return None
    if metric.cap is not None:
        return ibis.least(value, ibis.literal(metric.cap, "float64"))
    if not caps:
        return value
    by_scope = [(table.rows.scope == scope, ibis.literal(cap, "float64")) for scope, cap in caps.items()]
    return ibis.least(value, ibis.cases(*by_scope, else_=value))


def _where(counted: Any | None, value: Any) -> Any:
    return value if value is None or counted is None else ibis.ifelse(counted, value, ibis.null("float64"))
