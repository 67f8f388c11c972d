"""Compares answers number by number: whole numbers and quantiles must be equal, sums to a billionth."""

from dataclasses import astuple, fields, is_dataclass
from typing import Any

import pytest

from server.warehouse.questions.answers import BaselineAnswer, Caps, ExperimentAnswer, Quantile, Sums


def assert_same(found: Any, expected: Any, where: str = "") -> None:
    assert type(found) is type(expected), where
    if isinstance(expected, Sums):
        assert found.units == expected.units, where
        assert astuple(found) == pytest.approx(astuple(expected), rel=1e-9, abs=1e-9), where
    elif isinstance(expected, Quantile):
        assert found == expected, where
    elif isinstance(expected, Caps):
        assert (found.metric, found.by_scope) == (expected.metric, pytest.approx(expected.by_scope, rel=1e-9)), where
    elif isinstance(expected, ExperimentAnswer | BaselineAnswer) or is_dataclass(expected):
        for field in fields(expected):
            assert_same(getattr(found, field.name), getattr(expected, field.name), f"{where}.{field.name}")
    elif isinstance(expected, tuple):
        if where.endswith((".arms", ".new_units")):
            found, expected = sorted(found, key=place), sorted(expected, key=place)
        assert len(found) == len(expected), where
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}[{number}]")
    else:
        assert found == expected, where


def place(row: Any) -> tuple[Any, ...]:
    """Where an arm or a day's new units belong: neither has an order that means something."""
    value = getattr(row, "dimension_value", None)
    return row.scope, row.variant, getattr(row, "day", 0), value is not None, value or ""
