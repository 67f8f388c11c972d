"""Power, sample size and the smallest effect that can be seen are three views of one function."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.experimentation.stats.effects import Effect
from server.experimentation.stats.levels import Level
from server.experimentation.stats.power import (
    Baseline,
    Design,
    SampleSize,
    days_for,
    minimum_detectable_effect,
    power_at,
    sample_size,
)
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.remaining import Remaining, still_needed
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Interval, Scale
from server.experimentation.stats.welch import WelchResult, welch
from tests.experimentation.stats.making import effect_between, effect_of, level_of

CHECKOUT = Design(Baseline.of_proportion(0.1), Scale.RELATIVE, 0.05)
REVENUE = Design(Baseline(20.0, 2_500.0), Scale.ABSOLUTE, 0.5)
DESIGNS = st.builds(
    Design,
    st.builds(Baseline.of_proportion, st.floats(0.01, 0.6)),
    st.sampled_from(Scale),
    st.floats(0.01, 0.2),
    comparisons=st.integers(1, 5),
    alpha=st.floats(0.01, 0.1),
    power=st.floats(0.5, 0.95),
    test=st.sampled_from([ONE_LOOK, AlwaysValid(5_000.0)]),
)


def units_of(design: Design) -> int:
    found = sample_size(design)
    assert isinstance(found, SampleSize), found
    return found.units


@settings(max_examples=50)
@given(DESIGNS)
def test_the_sample_size_has_the_power_and_a_unit_less_per_arm_has_not(design: Design) -> None:
    units = units_of(design)

    assert power_at(design, units) >= design.power - 1e-6
    assert power_at(design, units - 2) < design.power + 1e-6


@settings(max_examples=50)
@given(DESIGNS)
def test_the_smallest_effect_at_the_sample_size_is_the_effect_that_it_was_made_for(design: Design) -> None:
    found = minimum_detectable_effect(design, units_of(design))

    # Units are whole, so that it is a little smaller where they are few.
    assert found == pytest.approx(design.effect, rel=0.02)


def test_the_figures_of_a_known_design() -> None:
    assert sample_size(CHECKOUT) == SampleSize(115_520, 57_760, 57_760)
    assert sample_size(REVENUE) == SampleSize(313_956, 156_978, 156_978)


@settings(max_examples=50)
@given(st.floats(0.02, 0.5), st.floats(-0.5, 0.5).filter(lambda lift: abs(lift) > 0.05), st.floats(0, 0.9))
def test_a_lift_takes_the_units_of_its_difference(rate: float, lift: float, reduction: float) -> None:
    relative = Design(Baseline.of_proportion(rate), Scale.RELATIVE, lift, variance_reduction=reduction)
    absolute = replace(relative, scale=Scale.ABSOLUTE, effect=lift * rate)

    assert sample_size(relative) == sample_size(absolute)


@pytest.mark.parametrize(("rate", "lift"), [(0.1, -0.3), (0.02, -0.5), (0.1, 0.5)])
def test_a_planned_experiment_finds_the_effect_as_often_as_it_was_planned_to(rate: float, lift: float) -> None:
    found = sample_size(Design(Baseline.of_proportion(rate), Scale.RELATIVE, lift))
    assert isinstance(found, SampleSize)
    units, runs = found.control_units, 3_000
    drawn = np.random.default_rng(31).binomial(units, [rate, rate * (1 + lift)], (runs, 2))

    def tested(control: int, treatment: int) -> float:
        arms = [level_of(ProportionCounts(units, int(each)).level()) for each in (control, treatment)]
        result = welch(effect_between(*arms, Scale.RELATIVE), alpha=0.05)
        assert isinstance(result, WelchResult)
        return result.p_value

    power = np.mean([tested(*each) < 0.05 for each in drawn])
    assert abs(power - 0.8) < 3.5 * (0.8 * 0.2 / runs) ** 0.5 + 0.01


def test_cuped_saves_the_share_of_the_variance_that_it_explains() -> None:
    assert units_of(replace(REVENUE, variance_reduction=0.4)) == pytest.approx(0.6 * units_of(REVENUE), abs=1)


def test_looking_at_any_time_costs_units() -> None:
    once, always = units_of(CHECKOUT), units_of(replace(CHECKOUT, test=AlwaysValid(100_000.0)))

    assert 1.5 * once < always < 3 * once


def test_more_arms_and_their_correction_cost_units() -> None:
    three = replace(CHECKOUT, comparisons=2).with_equal_arms(3)
    found = sample_size(three)

    assert isinstance(found, SampleSize)
    assert found.control_units == found.treatment_units
    assert found.units > 1.5 * units_of(CHECKOUT)


@pytest.mark.parametrize(
    ("design", "reason"),
    [
        (replace(CHECKOUT, effect=0.0), Reason.NO_MINIMUM_EFFECT),
        (replace(CHECKOUT, effect=1e-9), Reason.OUT_OF_REACH),
        (Design(Baseline.of_proportion(0.0), Scale.ABSOLUTE, 0.1), Reason.NO_VARIANCE),
        (Design(Baseline(0.0, 1.0), Scale.RELATIVE, 0.1), Reason.ZERO_CONTROL_MEAN),
        (Design(Baseline(-1.0, 1.0), Scale.RELATIVE, 0.1), Reason.NEGATIVE_CONTROL_MEAN),
    ],
)
def test_no_sample_size_has_a_reason(design: Design, reason: Reason) -> None:
    assert sample_size(design) == NoResult(reason)


def test_no_effect_is_large_enough_for_too_few_units() -> None:
    rare = Design(Baseline.of_proportion(0.9), Scale.RELATIVE, 0.05)

    assert minimum_detectable_effect(rare, 10) == NoResult(Reason.OUT_OF_REACH)
    assert minimum_detectable_effect(rare, 1) == NoResult(Reason.TOO_FEW_UNITS)


def test_a_fall_is_sought_downwards() -> None:
    found = minimum_detectable_effect(replace(CHECKOUT, effect=-0.05), 100_000)

    assert isinstance(found, float)
    assert power_at(replace(CHECKOUT, effect=found), 100_000) == pytest.approx(0.8)


def test_days_follow_from_traffic() -> None:
    assert days_for(10_000, 4_000) == 2.5
    assert days_for(10_000, 0) == NoResult(Reason.NO_TRAFFIC)


def needed(error: float, minimum: float = 0.05, per_day: float = 1_000.0) -> Remaining | NoResult:
    return still_needed(
        effect_of(0.01, error, units=20_000),
        minimum_effect=minimum,
        test=ONE_LOOK,
        alpha=0.05,
        power=0.8,
        units_so_far=30_000,
        units_per_day=per_day,
    )


def test_what_is_left_follows_from_the_precision_so_far() -> None:
    """At 80 % power, the standard error must be the minimum effect by 1.96 + 0.8416."""
    found = needed(0.05)

    assert isinstance(found, Remaining)
    assert found.likely_units == pytest.approx(30_000 * (2.80158**2 - 1), rel=1e-4)
    assert found.likely_days == pytest.approx(found.likely_units / 1_000, abs=1e-3)
    assert found.at_most_units == pytest.approx(30_000 * ((2 * 1.959964) ** 2 - 1), rel=1e-4)


@pytest.mark.parametrize("minimum_effect", [0.05, 0.2, 0.4])
def test_when_at_most_so_many_units_are_there_the_interval_decides_whatever_the_lift_is(minimum_effect: float) -> None:
    test, units = AlwaysValid(5_000.0), 2_000

    def without_an_effect(times: float) -> Effect:
        count = round(units * times)
        arm = Level.plain(count, 0.1, 0.1 * 0.9 / count)
        return effect_between(arm, arm, Scale.RELATIVE)

    left = still_needed(
        without_an_effect(1.0),
        minimum_effect=minimum_effect,
        test=test,
        alpha=0.05,
        power=0.8,
        units_so_far=2 * units,
        units_per_day=1.0,
    )
    assert isinstance(left, Remaining)
    assert left.at_most_units > 0

    def decides(lift: float, further: float) -> bool:
        effect = replace(without_an_effect(1 + further / (2 * units)), value=lift)
        found = test.interval(effect, 0.05)
        return isinstance(found, Interval) and (found.excludes(0) or found.lies_within(minimum_effect))

    lifts = [lift / 1_000 * minimum_effect for lift in range(-1_500, 1_501)]
    assert all(decides(lift, left.at_most_units) for lift in lifts)
    assert not all(decides(lift, 0.98 * left.at_most_units - 100) for lift in lifts)


def test_what_is_left_may_be_nothing_unknown_or_never() -> None:
    assert needed(0.001) == Remaining(0, 0.0, 0, 0.0)
    assert needed(0.05, minimum=0.0) == NoResult(Reason.NO_MINIMUM_EFFECT)
    assert needed(0.05, minimum=1e-9) == NoResult(Reason.OUT_OF_REACH)
    without_traffic = needed(0.05, per_day=0.0)
    assert isinstance(without_traffic, Remaining)
    assert without_traffic.likely_days == NoResult(Reason.NO_TRAFFIC)
