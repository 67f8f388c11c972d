"""Which effects a test keeps: of differences, and of lifts, whose divisor is uncertain too."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.experimentation.stats.effects import Effect, compare
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Alternative, Interval, Scale
from tests.experimentation.stats.making import by_delta_method, effect_between, level_of

SMALL = st.floats(1e-4, 0.3)
CRITICAL = st.floats(0.1, 6)


@st.composite
def levels(draw: st.DrawFn) -> Level:
    """One that was adjusted: its value and its base are correlated."""
    base = draw(st.floats(0.5, 100))
    value, own = base * draw(st.floats(0.5, 2)), (base * draw(SMALL)) ** 2
    base_variance = (base * draw(SMALL)) ** 2
    return Level(1_000, value, own, base, base_variance, draw(st.floats(-1, 1)) * math.sqrt(own * base_variance))


def kept(effect: Effect, critical: float) -> Interval:
    found = effect.within(critical)
    assert isinstance(found, Interval), found
    return found


@given(levels(), levels(), st.sampled_from(Scale), CRITICAL)
def test_both_ends_are_as_far_from_the_value_as_the_critical_value_says(
    control: Level, treatment: Level, scale: Scale, critical: float
) -> None:
    effect = compare(control, treatment, scale)
    assume(isinstance(effect, Effect))
    assert isinstance(effect, Effect)
    assume(critical**2 * effect.divisor_variance < 0.9)
    assume(min(effect.variance_at(each) for each in (0.0, effect.value)) > 1e-9)

    found = kept(effect, critical)

    assume(effect.variance_at(found.low) > 1e-9 and effect.variance_at(found.high) > 1e-9)
    assert effect.score_against(found.low) == pytest.approx(critical, rel=1e-6)
    assert effect.score_against(found.high) == pytest.approx(-critical, rel=1e-6)


@given(levels(), levels(), CRITICAL)
def test_a_lift_is_kept_apart_from_0_exactly_where_the_difference_is(
    control: Level, treatment: Level, critical: float
) -> None:
    lift, difference = (compare(control, treatment, scale) for scale in (Scale.RELATIVE, Scale.ABSOLUTE))
    assume(isinstance(lift, Effect))
    assert isinstance(lift, Effect) and isinstance(difference, Effect)
    assume(critical**2 * lift.divisor_variance < 0.99)
    assume(abs(abs(difference.score_against(0)) - critical) > 1e-6)

    assert kept(lift, critical).excludes(0) == kept(difference, critical).excludes(0)
    assert lift.score_against(0) == pytest.approx(difference.score_against(0))


def test_a_test_on_one_side_keeps_what_the_other_side_would_not() -> None:
    effect = effect_between(Level.plain(1_000, 10.0, 1.0), Level.plain(1_000, 12.0, 1.0), Scale.RELATIVE)
    both, above, below = (effect.within(2.0, alternative) for alternative in Alternative)

    assert isinstance(both, Interval)
    assert above == Interval(both.low, math.inf)
    assert below == Interval(-math.inf, both.high)


def test_the_delta_method_agrees_with_the_set_where_control_is_certain_and_not_elsewhere() -> None:
    def distance(control_variance: float) -> float:
        effect = effect_between(
            Level.plain(10**6, 100.0, control_variance), Level.plain(10**6, 110.0, 0.5), Scale.RELATIVE
        )
        delta = by_delta_method(effect)
        return abs(kept(effect, 1.96).high - kept(delta, 1.96).high) / delta.standard_error

    assert distance(0.01) < 0.01
    assert distance(400.0) > 0.5


def test_ten_conversions_fewer_of_a_thousand_are_what_their_difference_is() -> None:
    """2 of 1,000 against 12: a p-value of 0.007, where the delta method has one of 10⁻⁷."""
    control, treatment = (level_of(ProportionCounts(1_000, each).level()) for each in (12, 2))
    effect = effect_between(control, treatment, Scale.RELATIVE)

    assert effect.score_against(0) == pytest.approx(-2.687, abs=1e-3)
    assert by_delta_method(effect).score_against(0) < -6
    assert not kept(effect, 2.7).excludes(0)
    assert kept(effect, 2.6).excludes(0)


def test_beside_a_control_that_may_be_0_at_this_confidence_no_lift_is_said() -> None:
    effect = effect_between(Level.plain(100, 3.1, 1.0), Level.plain(100, 5.0, 1.0), Scale.RELATIVE)

    assert isinstance(effect.within(3.0), Interval)
    assert effect.within(3.1) == NoResult(Reason.CONTROL_NOT_CLEAR_OF_ZERO)
