"""CUPED: one θ for all arms, less variance, no bias, and a reason when the past says nothing."""

import numpy as np
import pytest

from server.experimentation.stats.cuped import Adjusted, CovariateSums, adjust
from server.experimentation.stats.cuped_ratios import RatioCovariateSums, adjust_ratios
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, RatioSums
from server.experimentation.stats.terms import Scale
from tests.experimentation.stats.making import covariates_of, effect_between, level_of


def arms(seed: int, *, lift: float = 0.0, count: int = 2, units: int = 400) -> list[CovariateSums]:
    """Arms whose treatments add ``lift``, with a covariate that explains most of a unit's value."""
    rng = np.random.default_rng(seed)
    made = []
    for index in range(count):
        before = rng.normal(10, 3, units)
        after = before + rng.normal(0, 1, units) + (lift if index else 0.0)
        made.append(covariates_of(after.tolist(), before.tolist()))
    return made


def adjusted(samples: list[CovariateSums]) -> Adjusted:
    found = adjust(samples)
    assert isinstance(found, Adjusted), found
    return found


def test_the_variance_falls_by_what_the_past_explains() -> None:
    found = adjusted(arms(1))

    assert found.variance_ratio == pytest.approx(0.1, abs=0.02)
    for level in found.levels:
        assert level.variance / level.base_variance == pytest.approx(found.variance_ratio, abs=0.02)


def test_the_adjustment_does_not_move_the_effect_on_average() -> None:
    found = [effect_between(*adjusted(arms(seed, lift=0.5)).levels, Scale.ABSOLUTE).value for seed in range(300)]

    assert np.mean(found) == pytest.approx(0.5, abs=3 * np.std(found) / 300**0.5)


def test_lifts_are_a_share_of_the_unadjusted_value() -> None:
    samples = arms(2, lift=0.5)
    control, treatment = adjusted(samples).levels
    effect = effect_between(control, treatment, Scale.RELATIVE)

    assert control.base == samples[0].main.sum / samples[0].main.units
    assert effect.value == pytest.approx((treatment.value - control.value) / control.base)


def test_several_treatments_share_one_theta() -> None:
    samples = arms(3, count=4)
    found = adjusted(samples)

    assert len(found.levels) == 4
    for sample, level in zip(samples, found.levels, strict=True):
        past = sample.covariate.sum / sample.covariate.units
        assert level.value == pytest.approx(level.base - found.theta * past)


def test_a_past_without_a_relation_changes_nothing() -> None:
    values, before = [1.0, 2.0, 3.0, 4.0], [1.0, -1.0, -1.0, 1.0]
    found = adjusted([covariates_of(values, before)])

    assert found.theta == 0.0
    assert found.variance_ratio == 1.0
    assert found.levels[0] == level_of(MeanSums(4, 10.0, 30.0).level())


FLAT_PAST = CovariateSums(MeanSums(4, 10.0, 30.0), MeanSums(4, 8.0, 16.0), 20.0)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (FLAT_PAST, Reason.NO_COVARIATE_VARIANCE),
        (CovariateSums(MeanSums(4, 8.0, 16.0), MeanSums(4, 10.0, 30.0), 20.0), Reason.NO_VARIANCE),
        (CovariateSums(MeanSums(4, 10.0, 30.0), MeanSums(5, 10.0, 30.0), 20.0), Reason.IMPOSSIBLE_SUMS),
        (CovariateSums(MeanSums(4, 10.0, 30.0), MeanSums(4, 10.0, 30.0), 900.0), Reason.IMPOSSIBLE_SUMS),
        (CovariateSums(MeanSums(1, 1.0, 1.0), MeanSums(1, 1.0, 1.0), 1.0), Reason.TOO_FEW_UNITS),
    ],
)
def test_no_adjustment_has_a_reason(sample: CovariateSums, reason: Reason) -> None:
    assert adjust([sample]) == NoResult(reason)


def test_a_ratio_over_ones_is_adjusted_as_a_mean_is() -> None:
    rng = np.random.default_rng(4)
    before = rng.normal(10, 3, 50)
    after = before + rng.normal(0, 1, 50)
    both = covariates_of(after.tolist(), before.tolist())

    def over_ones(sums: MeanSums) -> RatioSums:
        return RatioSums(sums.units, sums.sum, sums.sum_squares, sums.units, sums.units, sums.sum)

    ratio = adjust_ratios(
        [
            RatioCovariateSums(
                over_ones(both.main),
                over_ones(both.covariate),
                both.product_sum,
                50.0,
                both.main.sum,
                both.covariate.sum,
            )
        ]
    )

    assert isinstance(ratio, Adjusted)
    mean = adjusted([both])
    assert ratio.theta == pytest.approx(mean.theta)
    assert ratio.variance_ratio == pytest.approx(mean.variance_ratio)
    assert ratio.levels[0].value == pytest.approx(mean.levels[0].value)
    assert ratio.levels[0].variance == pytest.approx(mean.levels[0].variance)
