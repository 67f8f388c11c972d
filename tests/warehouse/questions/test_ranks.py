"""The ranks of quantiles: the statistics' own, although this floor does not know them."""

from random import Random

import numpy as np
import pytest

from server.experimentation.stats import quantiles as stats
from server.warehouse.questions.answers import Quantile
from server.warehouse.questions.ranks import CRITICAL, Run, interpolation, interval, quantile_of

LEVELS = (0.001, 0.01, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.7, 0.75, 0.9, 0.95, 0.99, 0.999)


@pytest.mark.parametrize("nu", LEVELS)
def test_ranks_are_those_of_the_statistics(nu: float) -> None:
    for units in (*range(1, 500), 1_000, 99_999, 10_000_000):
        assert interpolation(units=units, nu=nu) == (
            stats.interpolation(units=units, nu=nu).rank,
            stats.interpolation(units=units, nu=nu).weight,
        )
        ends = interval(units=units, nu=nu)
        expected = stats.interval_ranks(units=units, nu=nu)
        assert (ends[0] >= 1 and ends[1] <= units) == isinstance(expected, stats.Ranks)
        if isinstance(expected, stats.Ranks):
            assert ends == (expected.low, expected.high)
    assert CRITICAL == stats.CRITICAL


@pytest.mark.parametrize("nu", (*LEVELS, 0.0, 1.0))
@pytest.mark.parametrize("units", [1, 2, 3, 10, 97])
def test_a_quantile_is_numpys(units: int, nu: float) -> None:
    random = Random(units)
    values = sorted(random.randrange(20) / 4 for _ in range(units))

    found = quantile_of([Run(value, rank) for rank, value in enumerate(values, 1)], units=units, nu=nu)

    assert found.value == pytest.approx(float(np.quantile(values, nu)), rel=1e-12)


def test_runs_of_equal_values_stand_for_each_of_their_ranks() -> None:
    found = quantile_of([Run(1.0, 40), Run(2.0, 59), Run(5.0, 100)], units=100, nu=0.5)

    assert found == Quantile(units=100, value=2.0, low=1.0, high=5.0)


def test_a_quantile_between_two_runs_is_on_the_line_between_them() -> None:
    found = quantile_of([Run(1.0, 50), Run(2.0, 100)], units=100, nu=0.5)

    assert found == Quantile(units=100, value=1.5, low=1.0, high=2.0)


def test_few_units_have_a_quantile_and_no_interval() -> None:
    assert quantile_of([Run(1.0, 2), Run(4.0, 3)], units=3, nu=0.5) == Quantile(3, 1.0, None, None)


def test_nobody_has_no_quantile() -> None:
    assert quantile_of([], units=0, nu=0.5) == Quantile(0, None, None, None)
