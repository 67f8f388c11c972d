"""The sample-ratio check: per phase, against that phase's own split, under daily looks, and per dimension value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, ncx2

from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check, check_dimension, check_phases


def checked(observed: tuple[int, ...], weights: tuple[float, ...] = (1, 1)) -> SrmResult:
    found = check(PhaseCounts(observed, weights))
    assert isinstance(found, SrmResult), found
    return found


@pytest.mark.parametrize(
    ("observed", "weights", "reason"),
    [
        ((4, 4), (1, 1), Reason.TOO_FEW_UNITS),
        ((0, 0), (1, 1), Reason.TOO_FEW_UNITS),
        ((1000, 4), (99.7, 0.3), Reason.TOO_FEW_UNITS),
        ((1000, 0), (1, 0), Reason.ONE_OPEN_ARM),
        ((1000,), (1,), Reason.ONE_OPEN_ARM),
        ((), (), Reason.ONE_OPEN_ARM),
        ((1000, 990, 1), (1, 1, 0), Reason.UNITS_IN_CLOSED_ARM),
        ((1000, -1), (1, 1), Reason.IMPOSSIBLE_SUMS),
        ((1000, 1000), (1, -1), Reason.IMPOSSIBLE_SUMS),
        ((1000, 1000), (1, 1, 1), Reason.IMPOSSIBLE_SUMS),
    ],
)
def test_a_split_that_cannot_be_checked_says_why(
    observed: tuple[int, ...], weights: tuple[float, ...], reason: Reason
) -> None:
    assert check(PhaseCounts(observed, weights)) == NoResult(reason)


def test_a_tiny_arm_hides_no_fault_between_the_others() -> None:
    found = checked((30_000, 19_000, 3), (49.995, 49.995, 0.01))
    without = checked((30_000, 19_000), (1, 1))

    assert found.degrees_of_freedom == 1
    assert found.chi_square == pytest.approx(without.chi_square, rel=0.01)
    assert found.always_valid_p_value < 1e-100


@pytest.mark.parametrize(("arms", "units"), [(8, 36), (20, 60), (20, 90)])
def test_how_tiny_arms_are_counted_together_does_not_follow_their_counts(arms: int, units: int) -> None:
    drawn = np.random.default_rng(33).multinomial(units, [1 / arms] * arms, 4_000)

    found = np.mean([checked(tuple(map(int, each)), (1.0,) * arms).p_value < 0.05 for each in drawn])

    assert found < 0.065


def test_tiny_arms_are_counted_together_as_one_cell_where_that_is_enough() -> None:
    found = checked((1_000, 1_000, 30, 0, 0), (99.1, 99.1, 0.3, 0.3, 0.3))

    assert found.degrees_of_freedom == 2
    assert found.p_value < 1e-6


@given(st.permutations(range(3)), st.tuples(*[st.integers(100, 10_000)] * 3))
def test_the_order_of_arms_does_not_matter(order: list[int], observed: tuple[int, int, int]) -> None:
    weights = (50.0, 30.0, 20.0)
    there = checked(observed, weights)
    back = checked(tuple(observed[i] for i in order), tuple(weights[i] for i in order))

    assert back.chi_square == pytest.approx(there.chi_square)
    assert back.always_valid_p_value == pytest.approx(there.always_valid_p_value)


def test_a_new_split_in_a_new_phase_is_not_a_fault() -> None:
    before, after = PhaseCounts((9_000, 1_000), (90, 10)), PhaseCounts((5_000, 5_000), (50, 50))
    together = check_phases([before, after])

    assert isinstance(together, SrmResult)
    assert (together.chi_square, together.degrees_of_freedom, together.units) == (0.0, 2, 20_000)
    assert together.p_value == 1.0
    assert checked((14_000, 6_000), (50, 50)).p_value < 1e-300


def test_faults_of_several_phases_add_up() -> None:
    slight = PhaseCounts((10_200, 9_800), (1, 1))
    once, twice = check_phases([slight]), check_phases([slight, slight])

    assert isinstance(once, SrmResult)
    assert isinstance(twice, SrmResult)
    assert twice.chi_square == 2 * once.chi_square
    assert twice.log_evidence == 2 * once.log_evidence
    assert twice.p_value < once.p_value


def test_a_phase_that_has_just_begun_is_left_out_and_a_broken_one_is_not() -> None:
    fine, young = PhaseCounts((1_000, 1_000), (1, 1)), PhaseCounts((1, 0), (1, 1))
    broken = PhaseCounts((10, 10, 1), (1, 1, 0))

    assert check_phases([fine, young]) == check(fine)
    assert check_phases([young]) == check_phases([]) == NoResult(Reason.TOO_FEW_UNITS)
    assert check_phases([fine, broken]) == NoResult(Reason.UNITS_IN_CLOSED_ARM)


def test_the_value_of_a_dimension_at_fault_is_found() -> None:
    counts = {
        "chrome": [PhaseCounts((20_000, 20_100), (1, 1))],
        "safari": [PhaseCounts((5_000, 4_000), (1, 1))],
        "rare": [PhaseCounts((1, 2), (1, 1))],
    }
    found = {each.value: each for each in check_dimension(counts)}

    assert list(found) == ["chrome", "safari", "rare"]
    assert isinstance(found["chrome"].adjusted_p_value, float)
    assert found["chrome"].adjusted_p_value > 0.5
    safari = found["safari"].result
    assert isinstance(safari, SrmResult)
    assert found["safari"].adjusted_p_value == 2 * safari.always_valid_p_value < 1e-15
    assert found["rare"].adjusted_p_value == NoResult(Reason.TOO_FEW_UNITS)


def test_an_unfair_split_is_found_at_the_rate_that_theory_says() -> None:
    units, share, alpha = 10_000, 0.52, 0.001
    treated = np.random.default_rng(3).binomial(units, share, 3_000)
    power = float(ncx2.sf(10.827566170662733, 1, units * (share - 0.5) ** 2 / 0.25))

    found = np.mean([checked((units - count, count)).p_value < alpha for count in treated.tolist()])

    assert power == pytest.approx(0.7608, abs=1e-3)
    assert abs(found - power) < 3 * (power * (1 - power) / 3_000) ** 0.5


@pytest.mark.parametrize("weights", [(1.0, 1.0), (3.0, 1.0)])
def test_under_the_split_the_evidence_against_it_is_one_on_average(weights: tuple[float, float]) -> None:
    """What makes 1 / evidence a p-value at every look: exactly, over all that may be counted."""
    units, share = 40, weights[1] / sum(weights)
    chances = binom.pmf(range(units + 1), units, share)

    evidence = [math.exp(checked((units - count, count), weights).log_evidence) for count in range(units + 1)]

    assert np.dot(chances, evidence) == pytest.approx(1.0, abs=1e-9)


def looks(share: float, *, days: int, streams: int, seed: int) -> np.ndarray:
    """Whether the always-valid check at 0.05 has raised an alarm by the end, with a look a day."""
    arrivals = np.random.default_rng(seed).binomial(500, share, (streams, days)).cumsum(axis=1)
    units = 500 * np.arange(1, days + 1)
    return np.array(
        [
            any(
                checked((int(total - count), int(count))).always_valid_p_value < 0.05
                for count, total in zip(row, units, strict=True)
            )
            for row in arrivals
        ]
    )


def test_looking_every_day_raises_no_false_alarms_and_finds_an_unfair_split() -> None:
    fair = looks(0.5, days=30, streams=600, seed=6).mean()
    unfair = looks(0.53, days=30, streams=100, seed=7).mean()

    assert fair <= 0.05
    assert unfair >= 0.99


def test_chi_square_every_day_would_raise_false_alarms() -> None:
    arrivals = np.random.default_rng(6).binomial(500, 0.5, (600, 30)).cumsum(axis=1)
    units = 500 * np.arange(1, 31)

    assert ((2 * arrivals - units) ** 2 / units > 3.841).any(axis=1).mean() > 0.2
