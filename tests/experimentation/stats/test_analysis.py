"""One call gives all that is said of a metric, and a reason for each part that there is not."""

from dataclasses import replace

import pytest

from server.experimentation.stats.analysis import MetricResult, Question, analyse
from server.experimentation.stats.bayes import FLAT, NormalPrior, Posterior
from server.experimentation.stats.best import Best
from server.experimentation.stats.cuped import Adjusted, CovariateSums
from server.experimentation.stats.levels import Level
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, ProportionCounts
from server.experimentation.stats.sequential import AlwaysValidResult
from server.experimentation.stats.terms import Direction, Scale
from server.experimentation.stats.welch import WelchResult

QUESTION = Question(Scale.RELATIVE, Direction.HIGHER_IS_BETTER, 0.05, 5_000.0, FLAT)
CONTROL, BLUE, RED = ProportionCounts(5_000, 500), ProportionCounts(5_000, 560), ProportionCounts(5_000, 480)


def conversions(question: Question = QUESTION) -> MetricResult:
    return analyse(CONTROL, [BLUE, RED], question)


def test_every_treatment_gets_every_inference() -> None:
    found = conversions()

    assert isinstance(found.best, Best)
    assert found.adjustment == NoResult(Reason.NO_COVARIATE)
    for treatment in found.treatments:
        assert isinstance(treatment.difference, WelchResult)
        assert isinstance(treatment.lift, WelchResult)
        assert isinstance(treatment.always_valid, AlwaysValidResult)
        assert isinstance(treatment.posterior, Posterior)
    blue = found.treatments[0]
    assert isinstance(blue.lift, WelchResult)
    assert isinstance(blue.difference, WelchResult)
    assert blue.lift.value == pytest.approx(0.12)
    assert blue.difference.value == pytest.approx(0.012)


@pytest.mark.parametrize("scale", Scale)
def test_each_number_names_its_scale(scale: Scale) -> None:
    blue = conversions(replace(QUESTION, scale=scale)).treatments[0]

    assert not isinstance(blue.difference, NoResult)
    assert not isinstance(blue.lift, NoResult)
    assert (blue.difference.scale, blue.lift.scale) == (Scale.ABSOLUTE, Scale.RELATIVE)
    for part in (blue.effect, blue.always_valid, blue.posterior):
        assert not isinstance(part, NoResult)
        assert part.scale is scale


def test_a_prior_of_lifts_says_nothing_of_a_difference_from_a_control_of_zero() -> None:
    control, treatment = MeanSums(1_000, 0.0, 1_000.0), MeanSums(1_000, 50.0, 1_000.0)
    question = replace(QUESTION, scale=Scale.ABSOLUTE, prior=NormalPrior(0.0, 0.1, Scale.RELATIVE))

    found = analyse(control, [treatment], question)

    nothing = NoResult(Reason.ZERO_CONTROL_MEAN)
    assert isinstance(found.treatments[0].difference, WelchResult)
    assert (found.treatments[0].posterior, found.best) == (nothing, nothing)
    moved = replace(question, prior=NormalPrior(0.0, 0.1, Scale.ABSOLUTE))
    assert isinstance(analyse(control, [treatment], moved).best, Best)


def test_the_prior_is_used_and_shown() -> None:
    sceptic = NormalPrior(0.0, 0.02, Scale.RELATIVE)
    found = conversions(replace(QUESTION, prior=sceptic))
    blue = found.treatments[0].posterior

    assert isinstance(blue, Posterior)
    assert blue.prior == sceptic
    assert blue.mean < 0.06
    assert isinstance(found.best, Best)
    assert found.best.prior == sceptic


def test_an_absolute_difference_stands_where_there_is_no_lift() -> None:
    loss = analyse(MeanSums(1_000, -9_000.0, 90_000.0), [MeanSums(1_000, -8_000.0, 80_000.0)], QUESTION)
    treatment = loss.treatments[0]

    assert isinstance(treatment.difference, WelchResult)
    reason = NoResult(Reason.NEGATIVE_CONTROL_MEAN)
    assert (treatment.lift, treatment.effect, treatment.always_valid, treatment.posterior) == (reason,) * 4
    assert loss.best == reason


def test_a_treatment_without_units_takes_nothing_from_the_others_but_the_best() -> None:
    found = analyse(CONTROL, [BLUE, ProportionCounts(0, 0)], QUESTION)

    assert found.treatments[0] == conversions().treatments[0]
    assert found.treatments[1].level == found.treatments[1].difference == NoResult(Reason.TOO_FEW_UNITS)
    assert found.best == NoResult(Reason.TOO_FEW_UNITS)


def test_the_past_is_used_where_it_says_something_and_is_no_obstacle_where_not() -> None:
    after, same = MeanSums(200, 2_000.0, 21_000.0), MeanSums(200, 600.0, 1_800.0)
    before = MeanSums(200, 2_000.0, 21_000.0)
    known, unknown = CovariateSums(after, before, 20_900.0), CovariateSums(after, same, 6_000.0)
    helped, alone = analyse(known, [known], QUESTION), analyse(unknown, [unknown], QUESTION)

    assert isinstance(helped.adjustment, Adjusted)
    assert isinstance(helped.control, Level)
    assert isinstance(alone.control, Level)
    assert helped.control.variance < 0.3 * alone.control.variance
    assert alone.adjustment == NoResult(Reason.NO_COVARIATE_VARIANCE)
    assert alone.control == after.level()


def test_arms_of_different_kinds_are_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="one kind"):
        analyse(CONTROL, [MeanSums(10, 1.0, 1.0)], QUESTION)
    with pytest.raises(ValueError, match="has a treatment"):
        analyse(CONTROL, [], QUESTION)
