"""Guardrails: safe, harmed or open, by a margin and in the metric's own direction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.stats.guardrails import Guardrail, Standing, non_inferiority, standing
from server.experimentation.stats.terms import Direction, Interval, Scale
from tests.experimentation.stats.making import effect_of

UP, DOWN = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.04, 0.02, Standing.SAFE),
        (-0.04, -0.01, Standing.SAFE),
        (0.01, 0.02, Standing.SAFE),
        (-0.05, 0.02, Standing.OPEN),
        (-0.09, -0.01, Standing.OPEN),
        (-0.09, -0.06, Standing.HARMED),
    ],
)
def test_an_interval_is_held_against_the_margin_in_both_directions(low: float, high: float, expected: Standing) -> None:
    assert standing(Interval(low, high), margin=0.05, direction=UP) is expected
    assert standing(Interval(-high, -low), margin=0.05, direction=DOWN) is expected


@given(st.floats(-0.2, 0.2), st.floats(0.001, 0.1), st.floats(0, 0.1), st.sampled_from(Direction))
def test_it_is_shown_to_be_safe_exactly_when_the_worst_case_is_within_the_margin(
    value: float, error: float, margin: float, direction: Direction
) -> None:
    found = non_inferiority(effect_of(value, error), margin=margin, direction=direction, alpha=0.05)
    if abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (direction.sign * found.bound > -margin)


@given(st.floats(-0.2, 0.2), st.floats(0.001, 0.1))
def test_directions_mirror_each_other(value: float, error: float) -> None:
    up = non_inferiority(effect_of(value, error), margin=0.02, direction=UP, alpha=0.05)
    down = non_inferiority(effect_of(-value, error), margin=0.02, direction=DOWN, alpha=0.05)

    assert (down.p_value, down.bound) == (up.p_value, -up.bound)


@pytest.mark.parametrize("margin", [-0.01, float("nan")])
def test_a_margin_below_zero_is_an_error_of_the_caller(margin: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        Guardrail("latency", margin, Scale.RELATIVE, DOWN)
