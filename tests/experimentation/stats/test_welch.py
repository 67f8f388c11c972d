"""Effects and Welch's test: scales, symmetries, and the reasons why there is none."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.experimentation.stats.effects import Effect, compare
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.terms import Alternative, Scale
from server.experimentation.stats.welch import WelchResult
from server.experimentation.stats.welch import welch as welch_or_none
from tests.experimentation.stats.making import effect_between, level_of

LEVELS = st.builds(
    Level.plain, st.integers(2, 10**6), st.floats(0.5, 1e4), st.floats(1e-8, 1e-2).map(lambda value: value**2)
)
ALPHAS = st.floats(0.001, 0.3)


def welch(effect: Effect, *, alpha: float, alternative: Alternative = Alternative.TWO_SIDED) -> WelchResult:
    """The test, where there is one."""
    found = welch_or_none(effect, alpha=alpha, alternative=alternative)
    assert isinstance(found, WelchResult), found
    return found


@pytest.mark.parametrize(
    ("control", "scale", "reason"),
    [
        (Level.plain(1, 5.0, 1.0), Scale.ABSOLUTE, Reason.TOO_FEW_UNITS),
        (Level.plain(100, 5.0, 0.0), Scale.ABSOLUTE, Reason.NO_VARIANCE),
        (Level.plain(100, 0.0, 1.0), Scale.RELATIVE, Reason.ZERO_CONTROL_MEAN),
        (Level.plain(100, 2.9, 1.0), Scale.RELATIVE, Reason.CONTROL_NOT_CLEAR_OF_ZERO),
        (Level.plain(100, -2.9, 1.0), Scale.RELATIVE, Reason.CONTROL_NOT_CLEAR_OF_ZERO),
        (Level.plain(100, -5.0, 1.0), Scale.RELATIVE, Reason.NEGATIVE_CONTROL_MEAN),
    ],
)
def test_no_effect_has_a_reason(control: Level, scale: Scale, reason: Reason) -> None:
    assert compare(control, Level.plain(100, 5.0, 1.0), scale) == NoResult(reason)


@pytest.mark.parametrize("mean", [0.0, -5.0, 2.9])
def test_a_difference_needs_no_level_above_zero(mean: float) -> None:
    assert effect_between(Level.plain(9, mean, 1.0), Level.plain(9, 5.0, 1.0), Scale.ABSOLUTE).value == 5.0 - mean


def test_an_arm_without_a_success_gives_no_p_value() -> None:
    nobody, some = level_of(ProportionCounts(50, 0).level()), level_of(ProportionCounts(50, 5).level())

    assert compare(nobody, some, Scale.ABSOLUTE) == NoResult(Reason.NO_VARIANCE)


@given(LEVELS, LEVELS, ALPHAS)
def test_arms_that_change_places_turn_the_difference(control: Level, treatment: Level, alpha: float) -> None:
    there = welch(effect_between(control, treatment, Scale.ABSOLUTE), alpha=alpha)
    back = welch(effect_between(treatment, control, Scale.ABSOLUTE), alpha=alpha)

    assert back.value == -there.value
    assert back.p_value == pytest.approx(there.p_value)
    assert back.interval.high == pytest.approx(-there.interval.low)


@given(LEVELS, LEVELS, st.floats(0.01, 100))
def test_a_lift_does_not_depend_on_the_unit_of_money(control: Level, treatment: Level, rate: float) -> None:
    assume(control.value > 4 * control.standard_error)

    def paid_otherwise(level: Level) -> Level:
        return Level.plain(level.units, level.value * rate, level.variance * rate**2)

    once = welch(effect_between(control, treatment, Scale.RELATIVE), alpha=0.05)
    again = welch(effect_between(paid_otherwise(control), paid_otherwise(treatment), Scale.RELATIVE), alpha=0.05)

    assert again.value == pytest.approx(once.value, abs=1e-9)
    assert again.standard_error == pytest.approx(once.standard_error)


@given(LEVELS, LEVELS, ALPHAS, st.sampled_from(Alternative))
def test_the_interval_excludes_zero_exactly_when_p_is_below_alpha(
    control: Level, treatment: Level, alpha: float, alternative: Alternative
) -> None:
    result = welch(effect_between(control, treatment, Scale.ABSOLUTE), alpha=alpha, alternative=alternative)
    assume(abs(result.p_value - alpha) > 1e-9)

    assert result.interval.excludes(0) == (result.p_value < alpha)


NUMBERS = st.one_of(st.floats(), st.floats(-1e6, 1e6), st.sampled_from([0.0, 1e-300, 1e-90, 1e90, 1e200]))
SUMS = st.one_of(
    st.builds(MeanSums, st.integers(0, 10**9), NUMBERS, NUMBERS),
    st.builds(RatioSums, st.integers(0, 10**9), NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    st.builds(ProportionCounts, st.integers(-5, 10**9), st.integers(-5, 10**9)),
)


@given(SUMS, SUMS, st.sampled_from(Scale))
def test_whatever_sums_are_sent_there_is_a_number_or_a_reason(
    one: MeanSums | RatioSums, two: MeanSums | RatioSums, scale: Scale
) -> None:
    control, treatment = one.level(), two.level()
    if isinstance(control, NoResult) or isinstance(treatment, NoResult):
        return

    effect = compare(control, treatment, scale)

    if not isinstance(effect, NoResult):
        result = welch_or_none(effect, alpha=0.05)
        if isinstance(result, NoResult):  # of few units, Student's quantile is further out than a control clear of 0
            assert (result.reason, scale) == (Reason.CONTROL_NOT_CLEAR_OF_ZERO, Scale.RELATIVE)
            return
        assert result.interval.low <= result.value <= result.interval.high
        assert 0 < result.p_value <= 1


def test_a_huge_difference_has_a_tiny_p_value_that_is_not_zero() -> None:
    effect = effect_between(Level.plain(10**6, 1.0, 1e-8), Level.plain(10**6, 2.0, 1e-8), Scale.ABSOLUTE)

    assert 0 < welch(effect, alpha=0.05).p_value < 1e-300


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, float("nan")])
def test_a_level_that_is_none_is_an_error_of_the_caller(alpha: float) -> None:
    effect = effect_between(Level.plain(9, 1.0, 1.0), Level.plain(9, 5.0, 1.0), Scale.ABSOLUTE)

    with pytest.raises(ValueError, match="between 0 and 1"):
        welch(effect, alpha=alpha)
