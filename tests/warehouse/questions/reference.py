"""What the answers should be: a naive loop over the rows, straight from what the questions' terms say.

Shares nothing with the product but the terms and the answers; quantiles are those of the statistics.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.experimentation.stats.quantiles import Ranks, interpolation, interval_ranks
from server.warehouse.questions.answers import (
    Arm,
    BaselineAnswer,
    Caps,
    ExperimentAnswer,
    NewUnits,
    Quantile,
    ScopeCounts,
    Sums,
)
from server.warehouse.questions.terms import (
    Aggregate,
    ExperimentQuestion,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Scope,
    Shape,
)
from server.warehouse.tables import FileKind

Row = Mapping[str, Any]
Rows = Mapping[FileKind, Sequence[Row]]
DAY = 86_400_000_000


class Unit:
    """A unit of one scope, and its events."""

    def __init__(
        self, arm: int, begun: int, first: int, until: int, dimension: str | None, events: Sequence[Row]
    ) -> None:
        self.arm, self.begun, self.first, self.until = arm, begun, first, until
        self.dimension, self.events = dimension, events

    def matching(self, measure: Measure) -> list[Row]:
        ends = self.until if measure.ends is None else min(self.first + measure.ends, self.until)
        return [row for row in self.events if fits(row, measure) and self.first + measure.starts <= row["time"] < ends]

    def before(self, measure: Measure, lookback: int) -> list[Row]:
        return [row for row in self.events if fits(row, measure) and self.begun - lookback <= row["time"] < self.begun]

    def values(self, metric: MetricQuestion) -> dict[str, float] | None:
        """y, d, y0 and d0 before caps; None where the metric leaves the unit out."""
        measures = [measure for measure in (metric.measure, metric.denominator) if measure]
        if metric.whole_window and any(self.first + (measure.ends or 0) > self.until for measure in measures):
            return None
        if metric.only_units_with_events and not self.matching(metric.measure):
            return None
        y = measured(self.matching(metric.measure), metric.measure, metric.shape)
        if y is None:
            return None
        found = {"y": y, "d": 0.0, "y0": 0.0, "d0": 0.0}
        if metric.lookback and metric.shape is not Shape.QUANTILE:
            found["y0"] = measured(self.before(metric.measure, metric.lookback), metric.measure, metric.shape) or 0.0
        if metric.denominator:
            found["d"] = measured(self.matching(metric.denominator), metric.denominator, metric.shape) or 0.0
            if metric.lookback:
                past = self.before(metric.denominator, metric.lookback)
                found["d0"] = measured(past, metric.denominator, metric.shape) or 0.0
        return found


def number(text: str | None) -> float | None:
    """A text that is a number in JSON, but that zeros may lead and that no sum of squares may overflow."""
    digits = (text or "").removeprefix("-")
    if not digits[:1].isdigit() or not digits[-1].isdigit():
        return None
    whole = digits.lstrip("0")
    try:
        value = float(json.loads(whole if whole[:1].isdigit() else "0" + whole))
    except ValueError:
        return None
    if abs(value) > 1e40:
        return None
    return -value if text and text.startswith("-") else value


def holds(row: Row, condition: PropertyFilter) -> bool:
    text = row["properties"].get(condition.property)
    if condition.operator is Operator.IS_NOT_SET:
        return text is None
    if text is None:
        return False
    value = number(text)
    match condition.operator:
        case Operator.IS_SET:
            return True
        case Operator.EQUALS | Operator.IN:
            return text in condition.values
        case Operator.NOT_EQUALS | Operator.NOT_IN:
            return text not in condition.values
    if value is None:
        return False
    bound = float(condition.values[0])
    match condition.operator:
        case Operator.GREATER_THAN:
            return value > bound
        case Operator.AT_LEAST:
            return value >= bound
        case Operator.LESS_THAN:
            return value < bound
        case _:
            return value <= bound


def fits(row: Row, measure: Measure) -> bool:
    return row["name"] == measure.event and all(holds(row, condition) for condition in measure.filters)


def measured(rows: Sequence[Row], measure: Measure, shape: Shape) -> float | None:
    if shape is Shape.HAPPENED:
        return 1.0 if rows else 0.0
    if measure.aggregate is Aggregate.COUNT:
        return float(len(rows))
    found = [
        row["value"] if measure.value_property is None else number(row["properties"].get(measure.value_property))
        for row in rows
    ]
    values = [value for value in found if value is not None and abs(value) <= 1e40]
    if measure.aggregate is Aggregate.SUM:
        return math.fsum(values)
    return math.fsum(values) / len(values) if values else None


def events_of(rows: Rows, environment_id: int) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in rows[FileKind.EVENT]:
        if row["environment_id"] == environment_id:
            found[row["targeting_key"]].append(row)
    return found


def kind_of(row: Row, question: ExperimentQuestion) -> str | None:
    """What an exposure is: outside, unknown or counted; None where it is none of this question's."""
    phases = {scope.phases[0]: scope for scope in question.scopes if len(scope.phases) == 1}
    mine = row["environment_id"] == question.environment_id and row["experiment"] == question.experiment
    if not mine or row["phase"] not in phases or row["time"] >= question.as_of:
        return None
    phase = phases[row["phase"]]
    if not phase.opened <= row["time"] < min(phase.closed, question.as_of):
        return "outside"
    return "counted" if row["variant"] in question.variants else "unknown"


def units_of(rows: Rows, question: ExperimentQuestion, scope: Scope) -> tuple[list[Unit], int]:
    """The units of a scope, and how many were quarantined."""
    events = events_of(rows, question.environment_id)
    by_key = defaultdict(list)
    for row in rows[FileKind.EXPOSURE]:
        if kind_of(row, question) == "counted":
            by_key[row["targeting_key"]].append(row)
    units, quarantined = [], 0
    for key, met in by_key.items():
        inside = [row for row in met if row["phase"] in scope.phases]
        variants = {row["variant"] for row in inside}
        if len(variants) > 1:
            quarantined += 1
        elif variants:
            begun, first = min(row["time"] for row in met), min(row["time"] for row in inside)
            moves = [
                row["time"]
                for row in met
                if row["phase"] not in scope.phases and row["variant"] not in variants and row["time"] > first
            ]
            at_first = [row["properties"].get(question.dimension) for row in inside if row["time"] == first]
            dimension = min((value for value in at_first if value is not None), default=None)
            until = min([scope.closed, question.as_of, *moves])
            units.append(Unit(question.variants.index(variants.pop()), begun, first, until, dimension, events[key]))
    return units, quarantined


def type_7(values: Iterable[float], nu: float) -> Quantile:
    ordered = sorted(values)
    if not ordered:
        return Quantile(0, None, None, None)
    at = interpolation(units=len(ordered), nu=nu)
    value = ordered[at.rank - 1]
    if at.weight:
        value = (1 - at.weight) * value + at.weight * ordered[at.rank]
    ranks = interval_ranks(units=len(ordered), nu=nu) if 0 < nu < 1 else None
    low, high = (ordered[ranks.low - 1], ordered[ranks.high - 1]) if isinstance(ranks, Ranks) else (None, None)
    return Quantile(len(ordered), value, low, high)


def counted_values(units: Iterable[Unit], metric: MetricQuestion, cap: float | None) -> list[dict[str, float]]:
    found = [values for unit in units if (values := unit.values(metric)) is not None]
    limit = metric.cap if metric.cap is not None else cap
    if limit is not None:
        for values in found:
            values["y"], values["y0"] = min(values["y"], limit), min(values["y0"], limit)
            if not metric.lookback:
                values["y0"] = 0.0
    return found


def answer(units: Sequence[Unit], metric: MetricQuestion, cap: float | None) -> Sums | Quantile:
    found = counted_values(units, metric, cap)
    if metric.shape is Shape.QUANTILE:
        assert metric.quantile is not None
        return type_7((values["y"] for values in found), metric.quantile)

    def total(first: str, second: str | None = None) -> float:
        return math.fsum(values[first] * (values[second] if second else 1.0) for values in found)

    return Sums(
        units=len(found),
        y=total("y"),
        yy=total("y", "y"),
        d=total("d"),
        dd=total("d", "d"),
        yd=total("y", "d"),
        y0=total("y0"),
        y0y0=total("y0", "y0"),
        d0=total("d0"),
        d0d0=total("d0", "d0"),
        y0d0=total("y0", "d0"),
        yy0=total("y", "y0"),
        dd0=total("d", "d0"),
        yd0=total("y", "d0"),
        dy0=total("d", "y0"),
    )


def cap_of(units: Sequence[Unit], metric: MetricQuestion) -> float | None:
    if metric.winsorise is None:
        return None
    return type_7((values["y"] for values in counted_values(units, metric, None)), metric.winsorise).value


def ask_reference(rows: Rows, question: ExperimentQuestion) -> ExperimentAnswer:
    arms, new_units, counts = [], [], []
    caps: dict[str, dict[int, float]] = {metric.name: {} for metric in question.metrics if metric.winsorise is not None}
    kinds = [(row, kind_of(row, question)) for row in rows[FileKind.EXPOSURE]]
    answered = [scope for scope in question.scopes if question.answered is None or scope.id in question.answered]
    for scope in answered:
        units, quarantined = units_of(rows, question, scope)
        cap = {metric.name: cap_of(units, metric) for metric in question.metrics}
        for name, by_scope in caps.items():
            if (value := cap[name]) is not None:
                by_scope[scope.id] = value
        groups = defaultdict(list)
        days: dict[tuple[int, int], int] = defaultdict(int)
        for unit in units:
            groups[unit.arm, unit.dimension if question.dimension else None].append(unit)
            days[unit.arm, unit.first // DAY] += 1
        for (arm, dimension), group in groups.items():
            metrics = tuple(answer(group, metric, cap[metric.name]) for metric in question.metrics)
            arms.append(Arm(scope.id, question.variants[arm], len(group), metrics, dimension))
        new_units += [NewUnits(scope.id, question.variants[arm], day, count) for (arm, day), count in days.items()]
        named = [kind for row, kind in kinds if row["phase"] in scope.phases]
        counts.append(ScopeCounts(scope.id, quarantined, named.count("outside"), named.count("unknown")))
    inside = {phase for scope in answered for phase in scope.phases}
    times = [row["time"] for row, kind in kinds if kind == "counted" and row["phase"] in inside]
    return ExperimentAnswer(
        tuple(arms),
        tuple(Caps(name, by_scope) for name, by_scope in caps.items()),
        tuple(new_units),
        tuple(counts),
        min(times, default=None),
        max(times, default=None),
    )


def ask_reference_baseline(
    rows: Rows, metrics: Sequence[MetricQuestion], *, environment_id: int, since: int, until: int
) -> BaselineAnswer:
    units = []
    for events in events_of(rows, environment_id).values():
        times = [row["time"] for row in events if since <= row["time"] < until]
        if times:
            units.append(Unit(0, min(times), min(times), until, None, events))
    answers = tuple(answer(units, metric, cap_of(units, metric)) for metric in metrics)
    return BaselineAnswer(len(units), len(units) / ((until - since) / DAY), answers)
