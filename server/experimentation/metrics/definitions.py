"""What a metric means: as values, as it is stored, and as a question to a warehouse. Checks nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.evaluation.percentages import EVERYTHING, BasisPoints
from server.experimentation.models import MetricKind, MetricVersion
from server.warehouse.questions.terms import (
    Aggregate,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Shape,
)
from server.warehouse.times import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Measured:
    """Events of one name that match all filters, and what is made of a unit's.

    ``value_property`` None is the event's own value. Where they are counted, values do not matter.
    """

    event: str
    aggregate: Aggregate = Aggregate.COUNT
    filters: tuple[PropertyFilter, ...] = ()
    value_property: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric of a kind makes of events. Each kind has parts of its own: see ``checking``.

    ``measured`` of a ratio is its numerator. Hours count from a unit's first exposure: events count
    within ``window_hours``, or for as long as the unit is followed; those of retention from
    ``from_hours`` to ``to_hours``. Values are limited to ``cap``, or to the percentile ``winsorise``.
    """

    kind: MetricKind
    measured: Measured
    denominator: Measured | None = None
    window_hours: float | None = None
    from_hours: float | None = None
    to_hours: float | None = None
    percentile: BasisPoints | None = None
    cap: float | None = None
    winsorise: BasisPoints | None = None


def document_of(definition: Definition) -> dict[str, Any]:
    """The definition as it is stored; the kind is a column of its own."""
    denominator = definition.denominator
    return {
        "measured": _measured_document(definition.measured),
        "denominator": None if denominator is None else _measured_document(denominator),
        "windowHours": _float(definition.window_hours),
        "fromHours": _float(definition.from_hours),
        "toHours": _float(definition.to_hours),
        "percentile": definition.percentile,
        "cap": _float(definition.cap),
        "winsorise": definition.winsorise,
    }


def definition_of(version: MetricVersion) -> Definition:
    """What a stored version means."""
    stored = version.definition
    denominator = stored["denominator"]
    return Definition(
        kind=MetricKind(version.kind),
        measured=_measured_of(stored["measured"]),
        denominator=None if denominator is None else _measured_of(denominator),
        window_hours=_float(stored["windowHours"]),
        from_hours=_float(stored["fromHours"]),
        to_hours=_float(stored["toHours"]),
        percentile=stored["percentile"],
        cap=_float(stored["cap"]),
        winsorise=stored["winsorise"],
    )


def question_of(version: MetricVersion, *, lookback_days: int) -> MetricQuestion:
    """What a warehouse is asked for the metric's sake; its name is unique among metrics.

    Quantiles have no past: no adjustment by it is known for them.
    """
    definition = definition_of(version)
    kind, denominator = definition.kind, definition.denominator
    return MetricQuestion(
        name=f"metric_{version.metric_id}",
        shape=_SHAPES[kind],
        measure=_measure(definition.measured, definition),
        denominator=None if denominator is None else _measure(denominator, definition),
        quantile=_level(definition.percentile),
        cap=definition.cap,
        winsorise=_level(definition.winsorise),
        whole_window=kind is MetricKind.RETENTION,
        only_units_with_events=kind in (MetricKind.MEAN, MetricKind.QUANTILE),
        lookback=0 if kind is MetricKind.QUANTILE else lookback_days * DAY,
    )


_SHAPES = {
    MetricKind.PROPORTION: Shape.HAPPENED,
    MetricKind.COUNT: Shape.VALUE,
    MetricKind.SUM: Shape.VALUE,
    MetricKind.MEAN: Shape.VALUE,
    MetricKind.RATIO: Shape.RATIO,
    MetricKind.QUANTILE: Shape.QUANTILE,
    MetricKind.RETENTION: Shape.HAPPENED,
}


def _measure(measured: Measured, definition: Definition) -> Measure:
    ends = definition.window_hours if definition.to_hours is None else definition.to_hours
    return Measure(
        event=measured.event,
        aggregate=measured.aggregate,
        filters=measured.filters,
        value_property=measured.value_property,
        starts=_microseconds(definition.from_hours or 0.0),
        ends=None if ends is None else _microseconds(ends),
    )


def _microseconds(hours: float) -> int:
    return round(hours * HOUR)


def _level(points: BasisPoints | None) -> float | None:
    return None if points is None else points / EVERYTHING


def _float(number: float | None) -> float | None:
    """An ordinary float: JSON hands out whole ones as integers, and 1 and 1.0 are one number here."""
    return None if number is None else float(number) + 0.0


def _measured_document(measured: Measured) -> dict[str, Any]:
    return {
        "event": measured.event,
        "aggregate": measured.aggregate.value,
        "filters": [
            {"property": each.property, "operator": each.operator.value, "values": list(each.values)}
            for each in measured.filters
        ],
        "valueProperty": measured.value_property,
    }


def _measured_of(stored: Mapping[str, Any]) -> Measured:
    return Measured(
        event=stored["event"],
        aggregate=Aggregate(stored["aggregate"]),
        filters=tuple(
            PropertyFilter(each["property"], Operator(each["operator"]), tuple(each["values"]))
            for each in stored["filters"]
        ),
        value_property=stored["valueProperty"],
    )
