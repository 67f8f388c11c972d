"""Which JSON values each value type admits."""

from typing import Any

import pytest

from server.features.values import (
    MAX_INTEGER,
    MAX_JSON_BYTES,
    MAX_JSON_DEPTH,
    MAX_STRING,
    canonical_value,
    same_value,
    value_problems,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value_type", "value"),
    [
        ("BOOLEAN", True),
        ("BOOLEAN", False),
        ("STRING", ""),
        ("STRING", " "),
        ("STRING", "x" * MAX_STRING),
        ("STRING", "🙂"),
        ("INTEGER", 0),
        ("INTEGER", MAX_INTEGER),
        ("INTEGER", -MAX_INTEGER),
        ("FLOAT", 20),
        ("FLOAT", -0.5),
        ("FLOAT", 1e-7),
        ("FLOAT", float(MAX_INTEGER)),
        ("JSON", True),
        ("JSON", 0),
        ("JSON", ""),
        ("JSON", []),
        ("JSON", {}),
        ("JSON", {"a": [None, 1.5, "x", {"b": False}]}),
        ("JSON", nested(MAX_JSON_DEPTH)),
        ("JSON", "x" * (MAX_JSON_BYTES - 2)),
    ],
)
def test_a_value_of_the_type_has_no_problem(value_type: str, value: Any) -> None:
    assert value_problems(value, value_type, path=("value",)) == []


@pytest.mark.parametrize(
    ("value_type", "value", "code"),
    [
        ("BOOLEAN", None, "NULL"),
        ("BOOLEAN", 0, "WRONG_TYPE"),
        ("BOOLEAN", "true", "WRONG_TYPE"),
        ("STRING", None, "NULL"),
        ("STRING", 1, "WRONG_TYPE"),
        ("STRING", ["a"], "WRONG_TYPE"),
        ("STRING", "x" * (MAX_STRING + 1), "TOO_LONG"),
        ("STRING", "a\0b", "BAD_TEXT"),
        ("STRING", "\ud83d", "BAD_TEXT"),
        ("INTEGER", None, "NULL"),
        ("INTEGER", True, "WRONG_TYPE"),
        ("INTEGER", 1.0, "WRONG_TYPE"),
        ("INTEGER", "1", "WRONG_TYPE"),
        ("INTEGER", MAX_INTEGER + 1, "OUT_OF_RANGE"),
        ("INTEGER", -MAX_INTEGER - 1, "OUT_OF_RANGE"),
        ("FLOAT", None, "NULL"),
        ("FLOAT", False, "WRONG_TYPE"),
        ("FLOAT", "1.5", "WRONG_TYPE"),
        ("FLOAT", MAX_INTEGER + 1, "OUT_OF_RANGE"),
        ("FLOAT", 1e16, "OUT_OF_RANGE"),
        ("FLOAT", float("nan"), "OUT_OF_RANGE"),
        ("FLOAT", float("inf"), "OUT_OF_RANGE"),
        ("FLOAT", float("-inf"), "OUT_OF_RANGE"),
        ("JSON", None, "NULL"),
        ("JSON", {"a": [float("nan")]}, "OUT_OF_RANGE"),
        ("JSON", [MAX_INTEGER + 1], "OUT_OF_RANGE"),
        ("JSON", [1e300], "OUT_OF_RANGE"),
        ("JSON", {"a": "x\0"}, "BAD_TEXT"),
        ("JSON", {"a\0": 1}, "BAD_TEXT"),
        ("JSON", nested(MAX_JSON_DEPTH + 1), "TOO_DEEP"),
        ("JSON", nested(100_000), "TOO_DEEP"),
        ("JSON", "x" * (MAX_JSON_BYTES - 1), "TOO_LONG"),
        ("JSON", {1, 2}, "WRONG_TYPE"),
    ],
)
def test_any_other_value_is_refused(value_type: str, value: Any, code: str) -> None:
    assert [problem.code for problem in value_problems(value, value_type, path=("value",))] == [code]


def test_a_problem_is_where_the_caller_says() -> None:
    (problem,) = value_problems(1, "STRING", path=("input", "options", 3, "value"))

    assert problem.path == ("input", "options", 3, "value")


@pytest.mark.parametrize(
    ("value_type", "value", "stored"),
    [("FLOAT", 20, 20.0), ("FLOAT", 1.5, 1.5), ("INTEGER", 20, 20), ("JSON", 20, 20), ("BOOLEAN", True, True)],
)
def test_a_float_is_stored_as_one_and_the_rest_as_it_came(value_type: str, value: Any, stored: Any) -> None:
    canonical = canonical_value(value, value_type)

    assert (canonical, type(canonical)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (True, 1, False),
        (False, 0, False),
        ([True], [1], False),
        (1, 1.0, False),
        ("1", 1, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({}, [], False),
    ],
)
def test_same_means_the_same_json(one: Any, other: Any, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(one, one)
