"""What the requests come to beyond each statistic: families of p-values, progress, guardrails of another scale."""

import pytest

from server.errors import InvalidInput
from server.experimentation.inference.analyse import analyse_sufficient_statistics
from server.experimentation.inference.checks import MAX_COMPARISONS
from server.experimentation.inference.doubles import held_by_doubles
from server.experimentation.inference.requests import ProgressRequest
from server.experimentation.metrics.plans import AtHorizon
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import ProportionCounts
from server.experimentation.stats.terms import Interval, Scale
from server.experimentation.stats.verdict import Outcome
from tests.experimentation.inference.asking import guardrail, judgement, metric, request, split


def test_treatments_that_cannot_be_compared_are_no_questions() -> None:
    nobody = metric("nobody", ProportionCounts(5_000, 500), ProportionCounts(5_000, 0), ProportionCounts(5_000, 590))

    (found,) = analyse_sufficient_statistics(request(nobody)).metrics

    none, clear = found.corrected
    difference = found.result.treatments[1].difference
    assert none.p_value == none.always_valid_p_value == NoResult(Reason.NO_VARIANCE)
    assert not isinstance(difference, NoResult)
    assert clear.p_value == difference.p_value


def test_units_of_a_quantile_count_towards_a_horizon() -> None:
    arms = [QuantileSummary(6_000, 0.9, value, value - 1, value + 1) for value in (10.0, 20.0)]
    latency = metric("latency", *arms)
    plan = judgement(primary_metric="latency", rule=AtHorizon(units=12_000))

    verdict = analyse_sufficient_statistics(request(latency, plan=plan)).verdict

    assert verdict is not None
    assert (verdict.is_final, verdict.outcome) == (True, Outcome.WINNING)


def test_days_of_a_horizon_are_those_of_the_progress() -> None:
    plan = judgement(rule=AtHorizon(days=14.0), progress=ProgressRequest(None, 13.9, None))

    verdict = analyse_sufficient_statistics(request(plan=plan)).verdict

    assert verdict is not None
    assert verdict.variants[0].interval == NoResult(Reason.BEFORE_HORIZON)


def test_a_guardrail_is_measured_on_its_own_scale() -> None:
    errors = metric("errors", scale=Scale.ABSOLUTE)
    plan = judgement(guardrails=(guardrail(scale=Scale.RELATIVE),))

    verdict = analyse_sufficient_statistics(request(metric(), errors, plan=plan)).verdict

    assert verdict is not None
    (found,) = verdict.variants[0].guardrails
    assert found.scale is Scale.RELATIVE
    assert isinstance(found.interval, Interval)
    assert found.interval.low < 0.18 < found.interval.high


def test_a_split_that_is_still_too_small_is_no_reason_for_doubt() -> None:
    found = analyse_sufficient_statistics(request(split=split(3, 4), plan=judgement()))

    assert found.split == NoResult(Reason.TOO_FEW_UNITS)
    assert found.verdict is not None
    assert found.verdict.doubts == ()


def test_the_most_comparisons_are_about_fifty_metrics_of_seven_treatments() -> None:
    assert 50 * 7**2 < MAX_COMPARISONS < 50 * 8**2


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_what_a_double_does_not_hold_is_refused(number: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        held_by_doubles(("metrics", 3), lambda: (1.0, Interval(0.0, number)))

    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == (("metrics", 3), "OUT_OF_RANGE")


def test_an_overflow_on_the_way_is_refused_and_a_bug_is_not() -> None:
    with pytest.raises(InvalidInput):
        held_by_doubles((), lambda: 1e200**2)
    with pytest.raises(KeyError):
        held_by_doubles((), lambda: {}["nothing"])
