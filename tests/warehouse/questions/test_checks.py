"""Questions that have no answer are refused before anything is asked."""

from dataclasses import replace

import pytest

from server.warehouse.questions.checks import Phase, check_metrics, check_question, cut_at_asking, phases_of
from server.warehouse.questions.terms import (
    Aggregate,
    ExperimentQuestion,
    Measure,
    MetricQuestion,
    Operator,
    PropertyFilter,
    Scope,
    Shape,
)

COUNT = Measure("buy", Aggregate.COUNT)
MEAN = Measure("buy", Aggregate.MEAN)
VALUE = MetricQuestion("orders", Shape.VALUE, COUNT)
QUESTION = ExperimentQuestion(1, "checkout", ("control", "new"), (Scope(1, (1,), 0, 10),), 10, (VALUE,))


def asked(*scopes: Scope) -> ExperimentQuestion:
    return replace(QUESTION, scopes=scopes)


def filtered(operator: Operator, *values: str) -> MetricQuestion:
    return replace(VALUE, measure=replace(COUNT, filters=(PropertyFilter("price", operator, values),)))


@pytest.mark.parametrize(
    ("metric", "problem"),
    [
        (replace(VALUE, shape=Shape.RATIO), "a ratio, and only that, has a denominator"),
        (replace(VALUE, denominator=COUNT), "a ratio, and only that, has a denominator"),
        (MetricQuestion("orders", Shape.RATIO, MEAN, COUNT), "a ratio is not of means"),
        (MetricQuestion("orders", Shape.RATIO, COUNT, MEAN), "a ratio is not of means"),
        (replace(VALUE, shape=Shape.QUANTILE), "a quantile, and only that, has a level"),
        (replace(VALUE, quantile=0.5), "a quantile, and only that, has a level"),
        (replace(VALUE, shape=Shape.QUANTILE, quantile=1.0), "a quantile's level lies between 0 and 1"),
        (replace(VALUE, cap=1.0, winsorise=0.9), "a value is capped once"),
        (replace(VALUE, shape=Shape.HAPPENED, cap=1.0), "only values and ratios are capped"),
        (replace(VALUE, shape=Shape.QUANTILE, quantile=0.5, winsorise=0.9), "only values and ratios are capped"),
        (replace(VALUE, winsorise=1.1), "a level lies between 0 and 1"),
        (replace(VALUE, cap=float("nan")), "a cap is a number"),
        (replace(VALUE, whole_window=True), "a window without an end is never whole"),
        (replace(VALUE, lookback=-1), "a past does not lie ahead"),
        (replace(VALUE, measure=replace(COUNT, starts=-1)), "a window starts at 0 or later, and ends after that"),
        (
            replace(VALUE, measure=replace(COUNT, starts=5, ends=5)),
            "a window starts at 0 or later, and ends after that",
        ),
    ],
)
def test_a_metric_that_means_nothing_is_refused(metric: MetricQuestion, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^orders: {problem}.$"):
        check_metrics([metric])


@pytest.mark.parametrize(
    ("metric", "problem"),
    [
        (filtered(Operator.GREATER_THAN, "much"), "GREATER_THAN takes one number"),
        (filtered(Operator.AT_LEAST, "1.01e40"), "AT_LEAST takes one number"),
        (filtered(Operator.LESS_THAN), "LESS_THAN takes one number"),
        (filtered(Operator.AT_MOST, "1", "2"), "AT_MOST takes one number"),
        (filtered(Operator.EQUALS), "EQUALS takes one value"),
        (filtered(Operator.NOT_EQUALS, "1", "2"), "NOT_EQUALS takes one value"),
        (filtered(Operator.IN), "IN takes at least one value"),
        (filtered(Operator.NOT_IN), "NOT_IN takes at least one value"),
        (filtered(Operator.IS_SET, "1"), "IS_SET takes no value"),
    ],
)
def test_a_condition_with_other_values_than_its_operator_takes_is_refused(metric: MetricQuestion, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_metrics([metric])


@pytest.mark.parametrize("variants", [(), ("control", "control")])
def test_an_experiment_has_variants_and_each_once(variants: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="variants"):
        check_question(replace(QUESTION, variants=variants))


def test_a_scope_that_is_to_be_answered_is_in_the_question() -> None:
    with pytest.raises(ValueError, match=r"no scopes \[7\]"):
        check_question(replace(QUESTION, answered=(1, 7)))


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        (asked(Scope(1, (1,), 0, 5), Scope(2, (1, 2), 0, 10)), "Phase 2 of scope 2 has no scope of its own"),
        (asked(Scope(1, (), 0, 5)), "Scope 1 has no phase"),
        (asked(Scope(1, (1,), 0, 5), Scope(2, (1,), 0, 6)), "Phase 1 has two scopes of its own, which differ"),
        (asked(Scope(1, (1,), 0, 5), Scope(2, (2,), 4, 9)), "Phases 1 and 2 overlap"),
        (asked(Scope(1, (1,), 0, 5), Scope(1, (2,), 5, 9)), "Two scopes have one id"),
    ],
)
def test_scopes_that_do_not_say_when_each_phase_was_are_refused(question: ExperimentQuestion, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        phases_of(question)


def test_phases_are_known_by_the_scopes_of_their_own() -> None:
    scopes = (Scope(7, (1, 2), 0, 9), Scope(8, (2,), 5, 9), Scope(9, (1,), 0, 5), Scope(3, (2,), 5, 9))

    assert phases_of(asked(*scopes)) == (Phase(1, 0, 5), Phase(2, 5, 9))


def test_no_scope_goes_on_after_the_time_of_the_question() -> None:
    question = replace(QUESTION, scopes=(Scope(1, (1,), 0, 5), Scope(2, (2,), 5, 12)), as_of=8)

    assert cut_at_asking(question).scopes == (Scope(1, (1,), 0, 5), Scope(2, (2,), 5, 8))
