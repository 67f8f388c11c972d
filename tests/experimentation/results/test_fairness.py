"""Units in variants without a share: a few are left out, many are a doubt."""

import pytest

from server.experimentation.results.document import VariantUnits
from server.experimentation.results.fairness import (
    are_many_strays,
    compared,
    counts_of,
    split_of,
    strays,
    too_many,
)
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check


def arms(control: int, closed: int, blue: int) -> list[VariantUnits]:
    """An even split between control and blue; the variant between them has no share."""
    return [VariantUnits("control", control, 5_000), VariantUnits("old", closed, 0), VariantUnits("blue", blue, 5_000)]


@pytest.mark.parametrize(
    ("found", "everybody", "expected"),
    [(0, 0, False), (9, 9, False), (10, 999, True), (10, 1_000, False), (100, 10_000, False), (101, 10_000, True)],
)
def test_ten_and_more_than_a_hundredth_are_too_many(found: int, everybody: int, expected: bool) -> None:
    assert too_many(found, everybody) is expected


def test_one_stray_unit_of_thousands_leaves_the_check_as_it_is_without_it() -> None:
    units = arms(1_500, 1, 1_500)

    assert (strays(units), are_many_strays(units)) == (1, False)
    assert split_of(units) == check(PhaseCounts((1_500, 1_500), (0.5, 0.5)))
    assert isinstance(split_of(units), SrmResult)


def test_an_unfair_split_is_found_beside_a_few_strays() -> None:
    found = split_of(arms(1_000, 9, 700))

    assert isinstance(found, SrmResult)
    assert found.always_valid_p_value < 0.001


@pytest.mark.parametrize(("closed", "many"), [(30, False), (31, True)])
def test_more_than_one_in_a_hundred_is_the_reason_why_there_is_no_check(closed: int, many: bool) -> None:
    units = arms(1_500, closed, 3_030 - closed - 1_500)

    assert are_many_strays(units) is many
    assert (split_of(units) == NoResult(Reason.UNITS_IN_CLOSED_ARM)) is many


def test_a_single_stray_in_control_is_one_too_many_as_everything_is_compared_with_it() -> None:
    units = [VariantUnits("control", 1, 0), VariantUnits("blue", 5_000, 5_000), VariantUnits("red", 5_000, 5_000)]

    assert are_many_strays(units)
    assert split_of(units) == NoResult(Reason.UNITS_IN_CLOSED_ARM)


def test_where_nobody_is_astray_variants_without_a_share_say_nothing() -> None:
    assert counts_of(arms(7, 0, 8)) == PhaseCounts((7, 8), (0.5, 0.5))
    assert split_of([VariantUnits("control", 0, 0), VariantUnits("blue", 9, 10_000)]) == NoResult(Reason.ONE_OPEN_ARM)


def test_compared_are_control_and_the_variants_with_a_share() -> None:
    control, old, blue = arms(1, 2, 3)
    closed = VariantUnits("control", 0, 0)

    assert compared([control, old, blue]) == (control, blue)
    assert compared([closed, blue]) == (closed, blue)
