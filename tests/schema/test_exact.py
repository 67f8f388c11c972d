"""Numbers of a request's JSON, as they were written: a share that only looks like one with two decimals."""

import json
from typing import Any

import orjson
import pytest
from django.test import RequestFactory
from graphql import GraphQLError

from server.schema.exact import ExactFloat, plain
from server.schema.http.request import read_parameters
from server.schema.scalars import parse_flag_value, parse_percentage


def variable(text: str) -> Any:
    """A variable of a request, written like this."""
    body = f'{{"query": "{{ hello }}", "variables": {{"it": {text}}}}}'
    request = RequestFactory().post("/graphql", body, content_type="application/json")
    variables = read_parameters(request).variables
    assert variables is not None
    return variables["it"]


@pytest.mark.parametrize(
    "text",
    [
        "33.3300000000000000001",
        "33.33000000000000000000000000000000001",
        "100.00000000000000001",
        "1e-400",
        "1e-9999999999",
        "-1e-400",
        "-0.01",
        "33.333",
        "100.01",
        "33.33" + "0" * 50,
    ],
)
def test_a_third_decimal_is_refused_however_small(text: str) -> None:
    with pytest.raises(GraphQLError, match=r"at most two decimals\.$"):
        parse_percentage(variable(text))


@pytest.mark.parametrize(
    ("text", "points"),
    [("33.33", 3333), ("33.330000000000000000", 3333), ("1e1", 1000), ("1.2e-1", 12), ("100.00", 10_000), ("0.0", 0)],
)
def test_two_decimals_are_taken_however_they_are_written(text: str, points: int) -> None:
    assert parse_percentage(variable(text)) == points


def test_a_number_that_remembers_its_text_is_the_float_that_it_says() -> None:
    number = variable("2.50")

    assert (number, repr(number), json.dumps(number)) == (2.5, "2.5", "2.5")
    assert isinstance(number, ExactFloat)
    assert type(plain(number)) is float


def test_a_flag_value_has_ordinary_floats_all_the_way_down() -> None:
    value = parse_flag_value(variable('{"a": [2.5, {"b": 1e1}], "c": 0.5, "d": [1, true, null, "x"]}'))

    assert value == {"a": [2.5, {"b": 10.0}], "c": 0.5, "d": [1, True, None, "x"]}
    assert {type(value["a"][0]), type(value["a"][1]["b"]), type(value["c"])} == {float}
    assert orjson.loads(orjson.dumps(value)) == value


def test_a_flag_value_nested_beyond_all_bounds_is_refused() -> None:
    value: list[Any] = []
    for _ in range(5_000):
        value = [value]

    with pytest.raises(GraphQLError, match="nested too deeply"):
        parse_flag_value(value)
