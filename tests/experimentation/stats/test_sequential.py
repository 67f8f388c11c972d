"""Confidence sequences: their width, their p-value, and what tuning does."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.sequential import AlwaysValidResult, always_valid, half_width, p_value, rho_squared
from server.experimentation.stats.terms import Alternative
from server.experimentation.stats.welch import welch
from tests.experimentation.stats.making import effect_of

UNITS = st.integers(200, 10**8)
ALPHAS = st.floats(0.001, 0.3)
TUNINGS = st.floats(100, 1e6)


@given(UNITS, ALPHAS, TUNINGS)
def test_it_is_wider_than_an_interval_for_one_look(units: int, alpha: float, tuning: float) -> None:
    effect = effect_of(0.1, 0.05, units=units)
    sequence = always_valid(effect, alpha=alpha, tuning=tuning)
    once = welch(effect, alpha=alpha)

    assert isinstance(sequence, AlwaysValidResult)
    assert sequence.interval.low < once.interval.low
    assert sequence.interval.high > once.interval.high
    assert sequence.p_value > once.p_value


@given(st.floats(-8, 8), UNITS, ALPHAS, TUNINGS, st.sampled_from(Alternative))
def test_p_is_below_alpha_exactly_when_the_sequence_excludes_zero(
    score: float, units: int, alpha: float, tuning: float, alternative: Alternative
) -> None:
    found = always_valid(effect_of(score, 1.0, units=units), alpha=alpha, tuning=tuning, alternative=alternative)
    assert isinstance(found, AlwaysValidResult)
    assume(abs(found.p_value - alpha) > 1e-9)

    assert found.interval.excludes(0) == (found.p_value < alpha)


@pytest.mark.parametrize("tuning", [500.0, 5_000.0, 80_000.0])
def test_it_is_tightest_at_the_units_that_it_is_tuned_to(tuning: float) -> None:
    at = half_width(units=tuning, alpha=0.05, tuning=tuning) / math.sqrt(tuning)
    elsewhere = [half_width(units=tuning, alpha=0.05, tuning=other) / math.sqrt(tuning) for other in (100.0, 1e6)]

    assert all(at < other for other in elsewhere)


@pytest.mark.parametrize("alternative", Alternative)
@pytest.mark.parametrize("score", [40.0, 400.0])
def test_strong_evidence_has_a_p_value_that_is_not_zero(score: float, alternative: Alternative) -> None:
    score = -score if alternative is Alternative.LESS else score
    found = p_value(score, units=10_000, alpha=0.05, tuning=5_000, alternative=alternative)

    assert 0 < found < 1e-100


def test_evidence_to_the_other_side_has_a_p_value_of_one() -> None:
    assert p_value(-3.0, units=10_000, alpha=0.05, tuning=5_000, alternative=Alternative.GREATER) == 1.0
    assert p_value(3.0, units=10_000, alpha=0.05, tuning=5_000, alternative=Alternative.LESS) == 1.0


def test_it_does_not_start_before_both_arms_have_a_hundred_units() -> None:
    assert always_valid(effect_of(0.5, 0.01, units=199), alpha=0.05) == NoResult(Reason.TOO_FEW_UNITS)
    assert isinstance(always_valid(effect_of(0.5, 0.01, units=200), alpha=0.05), AlwaysValidResult)


def test_a_tuning_that_is_none_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="above 0"):
        rho_squared(alpha=0.05, tuning=0.0)
