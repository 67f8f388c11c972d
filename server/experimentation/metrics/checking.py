"""Whether a definition of a metric means something: every problem at once, with its path. Reads and writes nothing."""

import math
import re
from collections.abc import Iterable

from server.checks import text_problems
from server.errors import PathItem, Problem
from server.evaluation.percentages import EVERYTHING, BasisPoints, as_percent
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.models import MetricKind
from server.warehouse.questions.terms import Aggregate, Operator, PropertyFilter

MAX_EVENT = 200
MAX_PROPERTY = 100
MAX_VALUE = 1_000
MAX_FILTERS = 20
MAX_VALUES = 100
MAX_HOURS = 24.0 * 366
MAX_NUMBER = 1e15
LEAST_WINSORISED = BasisPoints(5_000)

Path = tuple[PathItem, ...]

DEFINITION: Path = ("input", "definition")
"""Where a definition stands in the inputs of those who create a metric or change it."""

_LIMITS = {"cap", "winsorise"}
_PARTS: dict[MetricKind, set[str]] = {
    MetricKind.PROPORTION: {"window_hours"},
    MetricKind.COUNT: {"window_hours", *_LIMITS},
    MetricKind.SUM: {"window_hours", *_LIMITS},
    MetricKind.MEAN: {"window_hours", *_LIMITS},
    MetricKind.RATIO: {"denominator", "window_hours", *_LIMITS},
    MetricKind.QUANTILE: {"percentile", "window_hours"},
    MetricKind.RETENTION: {"from_hours", "to_hours"},
}
"""What a definition of each kind may have beside what it measures."""
_REQUIRED = {"denominator", "percentile", "from_hours", "to_hours"}
_AGGREGATES: dict[MetricKind, tuple[Aggregate, ...]] = {
    MetricKind.PROPORTION: (Aggregate.COUNT,),
    MetricKind.COUNT: (Aggregate.COUNT,),
    MetricKind.SUM: (Aggregate.SUM,),
    MetricKind.MEAN: (Aggregate.MEAN,),
    MetricKind.RATIO: (Aggregate.COUNT, Aggregate.SUM),
    MetricKind.QUANTILE: (Aggregate.SUM, Aggregate.MEAN),
    MetricKind.RETENTION: (Aggregate.COUNT,),
}
_NAMES = {
    "denominator": "denominator",
    "window_hours": "windowHours",
    "from_hours": "fromHours",
    "to_hours": "toHours",
    "percentile": "percentile",
    "cap": "cap",
    "winsorise": "winsorisePercentile",
}
"""What the parts are called in the API."""
_VALUES_OF = {
    Operator.EQUALS: 1,
    Operator.NOT_EQUALS: 1,
    Operator.IN: MAX_VALUES,
    Operator.NOT_IN: MAX_VALUES,
    Operator.GREATER_THAN: 1,
    Operator.AT_LEAST: 1,
    Operator.LESS_THAN: 1,
    Operator.AT_MOST: 1,
    Operator.IS_SET: 0,
    Operator.IS_NOT_SET: 0,
}
"""How many values an operator takes at most; where it takes any, it takes one at least."""
_OF_SIZE = {Operator.GREATER_THAN, Operator.AT_LEAST, Operator.LESS_THAN, Operator.AT_MOST}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")


def definition_problems(definition: Definition) -> list[Problem]:
    """Everything that is wrong with a definition."""
    kind = definition.kind
    path = (*DEFINITION, kind.lower())
    at_first = (*path, "numerator") if kind is MetricKind.RATIO else path
    problems = _measured_problems(definition.measured, kind, at_first)
    if definition.denominator is not None and kind is MetricKind.RATIO:
        problems += _measured_problems(definition.denominator, kind, (*path, "denominator"))
    for part, name in _NAMES.items():
        is_given = getattr(definition, part) is not None
        if is_given and part not in _PARTS[kind]:
            problems.append(Problem((*path, name), "UNEXPECTED_VALUE", "A metric of this kind does not have this."))
        if not is_given and part in _REQUIRED & _PARTS[kind]:
            problems.append(Problem((*path, name), "MISSING_VALUE", "A metric of this kind needs this."))
    return problems + _window_problems(definition, path) + _share_problems(definition, path)


def number_problems(number: object, *, path: Path, least: float, most: float, above: bool = False) -> list[Problem]:
    """What is wrong with a number that lies between two others; ``above`` the least, where that is itself refused."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return [Problem(path, "WRONG_TYPE", "This must be a number.")]
    # A NaN is neither above nor below anything.
    if math.isfinite(number) and least <= number <= most and not (above and number == least):
        return []
    start = f"above {least:,g}" if above else f"from {least:,g}"
    return [Problem(path, "OUT_OF_RANGE", f"This is a number {start} to {most:,g}.")]


def _window_problems(definition: Definition, path: Path) -> list[Problem]:
    problems: list[Problem] = []
    window, starts, ends = definition.window_hours, definition.from_hours, definition.to_hours
    if window is not None:
        problems += number_problems(window, path=(*path, "windowHours"), least=0, most=MAX_HOURS, above=True)
    if starts is not None:
        problems += number_problems(starts, path=(*path, "fromHours"), least=0, most=MAX_HOURS)
    if ends is not None:
        problems += number_problems(ends, path=(*path, "toHours"), least=0, most=MAX_HOURS, above=True)
    if not problems and starts is not None and ends is not None and ends <= starts:
        problems.append(Problem((*path, "toHours"), "OUT_OF_RANGE", "The window ends after it starts."))
    return problems


def _share_problems(definition: Definition, path: Path) -> list[Problem]:
    problems: list[Problem] = []
    percentile, cap, winsorise = definition.percentile, definition.cap, definition.winsorise
    if percentile is not None and not 0 < percentile < EVERYTHING:
        message = "A percentile lies between 0 and 100: the median is 50."
        problems.append(Problem((*path, "percentile"), "OUT_OF_RANGE", message))
    if cap is not None:
        problems += number_problems(cap, path=(*path, "cap"), least=0, most=MAX_NUMBER, above=True)
    if winsorise is not None and not LEAST_WINSORISED <= winsorise < EVERYTHING:
        message = f"Values are limited to a percentile from {as_percent(LEAST_WINSORISED)} to below 100."
        problems.append(Problem((*path, "winsorisePercentile"), "OUT_OF_RANGE", message))
    if cap is not None and winsorise is not None:
        message = "Values are limited to a number or to a percentile: give one of them."
        problems.append(Problem((*path, "winsorisePercentile"), "CONTRADICTION", message))
    return problems


def _measured_problems(measured: Measured, kind: MetricKind, path: Path) -> list[Problem]:
    problems = text_problems(measured.event, path=(*path, "event"), max_length=MAX_EVENT, allow_blank=False)
    if measured.aggregate not in _AGGREGATES[kind]:
        said = " or ".join(aggregate.value for aggregate in _AGGREGATES[kind])
        problems.append(Problem((*path, "aggregate"), "OUT_OF_RANGE", f"A metric of this kind takes {said}."))
    if measured.value_property is not None:
        here = (*path, "valueProperty")
        problems += text_problems(measured.value_property, path=here, max_length=MAX_PROPERTY, allow_blank=False)
        if measured.aggregate is Aggregate.COUNT:
            problems.append(Problem(here, "UNEXPECTED_VALUE", "Where events are counted, their values do not matter."))
    if len(measured.filters) > MAX_FILTERS:
        message = f"There are at most {MAX_FILTERS} filters."
        return [*problems, Problem((*path, "filters"), "TOO_MANY", message)]
    for index, each in enumerate(measured.filters):
        problems += _filter_problems(each, (*path, "filters", index))
    return problems


def _filter_problems(each: PropertyFilter, path: Path) -> list[Problem]:
    problems = text_problems(each.property, path=(*path, "property"), max_length=MAX_PROPERTY, allow_blank=False)
    here, most = (*path, "values"), _VALUES_OF[each.operator]
    if most and not each.values:
        return [*problems, Problem(here, "MISSING_VALUE", "This operator compares with a value: give one.")]
    if each.values and not most:
        return [*problems, Problem(here, "UNEXPECTED_VALUE", "This operator compares with nothing.")]
    if len(each.values) > most:
        return [*problems, Problem(here, "TOO_MANY", f"This operator takes at most {most}.")]
    return problems + list(_value_problems(each, here))


def _value_problems(each: PropertyFilter, path: Path) -> Iterable[Problem]:
    for index, value in enumerate(each.values):
        here = (*path, index)
        yield from text_problems(value, path=here, max_length=MAX_VALUE, allow_blank=True)
        if each.operator in _OF_SIZE and isinstance(value, str) and not _NUMBER.match(value):
            message = "This operator compares sizes: give a number in digits, as 3 or -2.5."
            yield Problem(here, "WRONG_TYPE", message)
