"""What a metric's definition may be: each rule with its path and code, and all problems at once."""

import math
from dataclasses import replace
from typing import Any

import pytest

from server.evaluation.percentages import BasisPoints
from server.experimentation.metrics.checking import (
    MAX_EVENT,
    MAX_FILTERS,
    MAX_HOURS,
    MAX_NUMBER,
    MAX_PROPERTY,
    MAX_VALUE,
    MAX_VALUES,
    definition_problems,
)
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.models import MetricKind
from server.warehouse.questions.checks import check_metrics
from server.warehouse.questions.terms import Aggregate, Operator, PropertyFilter
from tests.experimentation.metrics.test_definitions import QUESTIONS

GOOD = {definition.kind: definition for definition in QUESTIONS}
PROPORTION, COUNT, SUM, RATIO, QUANTILE, RETENTION = (
    GOOD[MetricKind(kind)] for kind in ("PROPORTION", "COUNT", "SUM", "RATIO", "QUANTILE", "RETENTION")
)
PLAIN = Definition(MetricKind.COUNT, Measured("visit"))


def found(definition: Definition) -> list[tuple[str, str]]:
    """Path below the definition, and code, of each problem."""
    problems = definition_problems(definition)
    assert all(problem.path[:2] == ("input", "definition") for problem in problems)
    return [(".".join(map(str, problem.path[2:])), problem.code) for problem in problems]


def filtered(*filters: PropertyFilter) -> Definition:
    return replace(PLAIN, measured=Measured("visit", filters=filters))


def by(operator: Operator, *values: Any, name: str = "size") -> PropertyFilter:
    return PropertyFilter(name, operator, values)


@pytest.mark.parametrize("definition", GOOD.values(), ids=lambda definition: definition.kind)
def test_a_definition_of_each_kind_is_right_and_the_warehouse_takes_it(definition: Definition) -> None:
    assert found(definition) == []
    check_metrics([QUESTIONS[definition]])


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (replace(PROPORTION, cap=3.0), ("proportion.cap", "UNEXPECTED_VALUE")),
        (replace(PROPORTION, winsorise=BasisPoints(9_900)), ("proportion.winsorisePercentile", "UNEXPECTED_VALUE")),
        (replace(RETENTION, cap=3.0), ("retention.cap", "UNEXPECTED_VALUE")),
        (replace(RETENTION, window_hours=3.0), ("retention.windowHours", "UNEXPECTED_VALUE")),
        (replace(QUANTILE, cap=3.0), ("quantile.cap", "UNEXPECTED_VALUE")),
        (replace(QUANTILE, winsorise=BasisPoints(9_900)), ("quantile.winsorisePercentile", "UNEXPECTED_VALUE")),
        (replace(COUNT, percentile=BasisPoints(50)), ("count.percentile", "UNEXPECTED_VALUE")),
        (replace(COUNT, from_hours=1.0), ("count.fromHours", "UNEXPECTED_VALUE")),
        (replace(COUNT, denominator=Measured("visit")), ("count.denominator", "UNEXPECTED_VALUE")),
        (replace(RATIO, denominator=None), ("ratio.denominator", "MISSING_VALUE")),
        (replace(QUANTILE, percentile=None), ("quantile.percentile", "MISSING_VALUE")),
        (replace(RETENTION, from_hours=None), ("retention.fromHours", "MISSING_VALUE")),
        (replace(RETENTION, to_hours=None), ("retention.toHours", "MISSING_VALUE")),
        (replace(SUM, cap=3.0), ("sum.winsorisePercentile", "CONTRADICTION")),
    ],
)
def test_each_kind_has_parts_of_its_own(definition: Definition, expected: tuple[str, str]) -> None:
    assert found(definition) == [expected]


@pytest.mark.parametrize(
    ("part", "value", "code"),
    [
        ("window_hours", 0, "OUT_OF_RANGE"),
        ("window_hours", -1.0, "OUT_OF_RANGE"),
        ("window_hours", MAX_HOURS + 1, "OUT_OF_RANGE"),
        ("window_hours", math.nan, "OUT_OF_RANGE"),
        ("window_hours", math.inf, "OUT_OF_RANGE"),
        ("window_hours", "24", "WRONG_TYPE"),
        ("window_hours", True, "WRONG_TYPE"),
        ("cap", 0.0, "OUT_OF_RANGE"),
        ("cap", MAX_NUMBER * 2, "OUT_OF_RANGE"),
        ("cap", math.nan, "OUT_OF_RANGE"),
        ("cap", -math.inf, "OUT_OF_RANGE"),
        ("winsorise", BasisPoints(4_999), "OUT_OF_RANGE"),
        ("winsorise", BasisPoints(10_000), "OUT_OF_RANGE"),
    ],
)
def test_numbers_have_bounds(part: str, value: Any, code: str) -> None:
    name = {"window_hours": "windowHours", "winsorise": "winsorisePercentile"}.get(part, part)

    assert found(replace(PLAIN, **{part: value})) == [(f"count.{name}", code)]


@pytest.mark.parametrize(("part", "value"), [("window_hours", MAX_HOURS), ("cap", MAX_NUMBER), ("winsorise", 5_000)])
def test_bounds_are_within(part: str, value: Any) -> None:
    assert found(replace(PLAIN, **{part: value})) == []


@pytest.mark.parametrize("percentile", [0, 10_000])
def test_a_percentile_lies_between_the_smallest_and_the_largest(percentile: int) -> None:
    definition = replace(QUANTILE, percentile=BasisPoints(percentile))

    assert found(definition) == [("quantile.percentile", "OUT_OF_RANGE")]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (24.0, 24.0, [("retention.toHours", "OUT_OF_RANGE")]),
        (25.0, 24.0, [("retention.toHours", "OUT_OF_RANGE")]),
        (-1.0, 0.0, [("retention.fromHours", "OUT_OF_RANGE"), ("retention.toHours", "OUT_OF_RANGE")]),
        (0.0, 1.0, []),
    ],
)
def test_a_window_ends_after_it_starts(starts: float, ends: float, expected: list[tuple[str, str]]) -> None:
    assert found(replace(RETENTION, from_hours=starts, to_hours=ends)) == expected


@pytest.mark.parametrize(
    ("definition", "aggregate"),
    [
        (PROPORTION, Aggregate.SUM),
        (COUNT, Aggregate.MEAN),
        (SUM, Aggregate.COUNT),
        (RATIO, Aggregate.MEAN),
        (QUANTILE, Aggregate.COUNT),
        (RETENTION, Aggregate.SUM),
    ],
    ids=lambda each: each.kind if isinstance(each, Definition) else each,
)
def test_each_kind_makes_of_events_what_it_means(definition: Definition, aggregate: Aggregate) -> None:
    path = "ratio.numerator" if definition.kind is MetricKind.RATIO else definition.kind.lower()

    assert found(replace(definition, measured=Measured("visit", aggregate))) == [(f"{path}.aggregate", "OUT_OF_RANGE")]


def test_where_events_are_counted_there_is_no_value() -> None:
    definition = replace(RATIO, denominator=Measured("visit", Aggregate.COUNT, (), "price"))

    assert found(definition) == [("ratio.denominator.valueProperty", "UNEXPECTED_VALUE")]


@pytest.mark.parametrize(
    ("event", "code"),
    [("", "BLANK"), (" ", "BLANK"), ("x" * (MAX_EVENT + 1), "TOO_LONG"), ("a\0", "BAD_TEXT"), (3, "WRONG_TYPE")],
)
def test_an_event_has_a_name(event: Any, code: str) -> None:
    assert found(replace(PLAIN, measured=Measured(event))) == [("count.event", code)]


@pytest.mark.parametrize(
    ("name", "code"), [(" ", "BLANK"), ("x" * (MAX_PROPERTY + 1), "TOO_LONG"), ("\ud800", "BAD_TEXT")]
)
def test_properties_have_names(name: str, code: str) -> None:
    assert found(filtered(by(Operator.IS_SET, name=name))) == [("count.filters.0.property", code)]
    valued = replace(SUM, measured=Measured("purchase", Aggregate.SUM, (), name))
    assert found(valued) == [("sum.valueProperty", code)]


SIZES = (Operator.GREATER_THAN, Operator.AT_LEAST, Operator.LESS_THAN, Operator.AT_MOST)
ONE = (Operator.EQUALS, Operator.NOT_EQUALS, *SIZES)
LISTS = (Operator.IN, Operator.NOT_IN)
NONE = (Operator.IS_SET, Operator.IS_NOT_SET)


def test_every_operator_is_looked_at() -> None:
    assert sorted([*ONE, *LISTS, *NONE]) == sorted(Operator)


@pytest.mark.parametrize("operator", ONE)
def test_most_operators_take_one_value(operator: Operator) -> None:
    assert found(filtered(by(operator, "3"))) == []
    assert found(filtered(by(operator))) == [("count.filters.0.values", "MISSING_VALUE")]
    assert found(filtered(by(operator, "3", "4"))) == [("count.filters.0.values", "TOO_MANY")]


@pytest.mark.parametrize("operator", LISTS)
def test_lists_take_a_hundred(operator: Operator) -> None:
    assert found(filtered(by(operator, *["x"] * MAX_VALUES))) == []
    assert found(filtered(by(operator))) == [("count.filters.0.values", "MISSING_VALUE")]
    assert found(filtered(by(operator, *["x"] * (MAX_VALUES + 1)))) == [("count.filters.0.values", "TOO_MANY")]


@pytest.mark.parametrize("operator", NONE)
def test_presence_takes_no_value(operator: Operator) -> None:
    assert found(filtered(by(operator))) == []
    assert found(filtered(by(operator, "x"))) == [("count.filters.0.values", "UNEXPECTED_VALUE")]


@pytest.mark.parametrize("operator", SIZES)
@pytest.mark.parametrize("value", ["", "NaN", "inf", "1e3", "0x1", " 1", "1\n", "\uff11", "1,5", "9" * 16])
def test_sizes_are_numbers_in_digits(operator: Operator, value: str) -> None:
    assert found(filtered(by(operator, value))) == [("count.filters.0.values.0", "WRONG_TYPE")]
    assert found(filtered(by(Operator.EQUALS, value))) == []


@pytest.mark.parametrize("value", ["0", "-2.5", "007", "9" * 15, f"1.{'3' * 15}"])
def test_what_is_a_number(value: str) -> None:
    assert found(filtered(by(Operator.AT_MOST, value))) == []


@pytest.mark.parametrize(
    ("value", "code"), [("x" * (MAX_VALUE + 1), "TOO_LONG"), ("\0", "BAD_TEXT"), (3, "WRONG_TYPE")]
)
def test_values_are_texts(value: Any, code: str) -> None:
    assert found(filtered(by(Operator.IN, "fine", value))) == [("count.filters.0.values.1", code)]


def test_there_are_at_most_twenty_filters() -> None:
    many = [by(Operator.IS_SET)] * MAX_FILTERS

    assert found(filtered(*many)) == []
    assert found(filtered(*many, by(Operator.EQUALS))) == [("count.filters", "TOO_MANY")]


def test_every_problem_is_told_at_once() -> None:
    bad = Measured("", Aggregate.COUNT, (by(Operator.IN), by(Operator.AT_MOST, "many", name="")))

    assert found(replace(RATIO, measured=bad, denominator=Measured(" "), cap=0.0, window_hours=-1.0)) == [
        ("ratio.numerator.event", "BLANK"),
        ("ratio.numerator.filters.0.values", "MISSING_VALUE"),
        ("ratio.numerator.filters.1.property", "BLANK"),
        ("ratio.numerator.filters.1.values.0", "WRONG_TYPE"),
        ("ratio.denominator.event", "BLANK"),
        ("ratio.windowHours", "OUT_OF_RANGE"),
        ("ratio.cap", "OUT_OF_RANGE"),
    ]
