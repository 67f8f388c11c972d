"""Sums become levels, or a reason; sums of parts are the sums of the whole."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from tests.experimentation.stats.making import level_of, sums_of

VALUES = st.lists(st.floats(-1e4, 1e4).map(lambda value: round(value, 3)), min_size=2, max_size=60)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (ProportionCounts(1, 1), Reason.TOO_FEW_UNITS),
        (ProportionCounts(0, 0), Reason.TOO_FEW_UNITS),
        (ProportionCounts(10, 11), Reason.IMPOSSIBLE_SUMS),
        (ProportionCounts(10, -1), Reason.IMPOSSIBLE_SUMS),
        (MeanSums(1, 5.0, 25.0), Reason.TOO_FEW_UNITS),
        (MeanSums(10, 100.0, 900.0), Reason.IMPOSSIBLE_SUMS),
        (MeanSums(10, 0.0, -1.0), Reason.IMPOSSIBLE_SUMS),
        (MeanSums(10, float("nan"), 1.0), Reason.IMPOSSIBLE_SUMS),
        (MeanSums(10, 1.0, float("inf")), Reason.IMPOSSIBLE_SUMS),
        (RatioSums(10, 5.0, 4.0, 0.0, 0.0, 0.0), Reason.ZERO_DENOMINATOR),
        (RatioSums(10, 5.0, 4.0, 20.0, 45.0, 500.0), Reason.IMPOSSIBLE_SUMS),
        (RatioSums(1, 5.0, 25.0, 2.0, 4.0, 10.0), Reason.TOO_FEW_UNITS),
    ],
)
def test_sums_without_a_level_say_why(sample: ProportionCounts | MeanSums | RatioSums, reason: Reason) -> None:
    assert sample.level() == NoResult(reason)


def test_rounding_is_no_variance() -> None:
    equal = sums_of([0.1] * 1_000)

    assert level_of(equal.level()).variance == 0.0


@given(VALUES)
def test_a_mean_has_the_textbook_variance(values: list[float]) -> None:
    level = level_of(sums_of(values).level())
    mean = sum(values) / len(values)
    squares = sum((value - mean) ** 2 for value in values) / (len(values) - 1)

    assert level.value == pytest.approx(mean, abs=1e-9)
    assert level.unit_variance == pytest.approx(squares, rel=1e-6, abs=1e-4)


@given(VALUES, VALUES)
def test_sums_of_parts_add_up(first: list[float], second: list[float]) -> None:
    added, whole = sums_of(first) + sums_of(second), sums_of(first + second)

    assert added.units == whole.units
    assert added.sum == pytest.approx(whole.sum, abs=1e-6)
    assert added.sum_squares == pytest.approx(whole.sum_squares, rel=1e-12, abs=1e-9)


def test_a_ratio_over_ones_is_the_mean() -> None:
    values = [1.0, 4.0, 2.5, 0.0, 7.0]
    mean = level_of(sums_of(values).level())
    ratio = RatioSums(5, sum(values), sum(value**2 for value in values), 5.0, 5.0, sum(values))

    assert level_of(ratio.level()).value == pytest.approx(mean.value)
    assert level_of(ratio.level()).variance == pytest.approx(mean.variance)


def test_more_units_make_a_value_more_certain() -> None:
    errors = [level_of(ProportionCounts(units, units // 4).level()).standard_error for units in (8, 80, 800, 8_000)]

    assert all(later < earlier for earlier, later in pairwise(errors))
