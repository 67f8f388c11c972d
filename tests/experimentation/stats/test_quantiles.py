"""Quantiles by order statistics: which ranks, and that the linear definition is NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.experimentation.stats.quantiles import QuantileSummary, Ranks, interpolation, interval_ranks
from server.experimentation.stats.reasons import NoResult, Reason


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0.001, 0.999))
def test_the_one_definition_is_numpys_default(values: list[float], nu: float) -> None:
    ordered = sorted(values)
    place = interpolation(units=len(values), nu=nu)
    above = ordered[min(place.rank, len(ordered) - 1)]

    found = (1 - place.weight) * ordered[place.rank - 1] + place.weight * above

    assert found == pytest.approx(float(np.quantile(values, nu)), abs=1e-6)


def test_the_ranks_are_two_standard_errors_from_the_quantile() -> None:
    assert interval_ranks(units=10_000, nu=0.5) == Ranks(4_902, 5_098)
    assert interval_ranks(units=1_000, nu=0.99) == Ranks(983, 997)


@pytest.mark.parametrize(("units", "nu"), [(100, 0.99), (100, 0.01), (3, 0.5), (0, 0.5)])
def test_a_quantile_of_few_units_has_no_interval(units: int, nu: float) -> None:
    assert interval_ranks(units=units, nu=nu) == NoResult(Reason.TOO_FEW_UNITS)
    assert QuantileSummary(units, nu, 1.0, 0.0, 2.0).level() == NoResult(Reason.TOO_FEW_UNITS)


def test_order_statistics_out_of_order_are_impossible() -> None:
    assert QuantileSummary(10_000, 0.9, 5.0, 5.1, 5.2).level() == NoResult(Reason.IMPOSSIBLE_SUMS)
