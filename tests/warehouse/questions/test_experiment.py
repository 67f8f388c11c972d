"""The rules of an experiment's figures, one at a time, with data small enough to count by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from server.experimentation.stats.moments import variance
from server.warehouse.questions.answers import Arm, Caps, ExperimentAnswer, NewUnits, Quantile, ScopeCounts, Sums
from server.warehouse.questions.experiment import ask_experiment
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
from tests.warehouse.questions.conftest import Asked
from tests.warehouse.questions.worlds import DAY, event, exposure

COUNT = Measure("buy", Aggregate.COUNT)
SUM = Measure("buy", Aggregate.SUM)
MEAN = Measure("buy", Aggregate.MEAN)
ORDERS = MetricQuestion("orders", Shape.VALUE, COUNT)
REVENUE = MetricQuestion("revenue", Shape.VALUE, SUM)
BOUGHT = MetricQuestion("bought", Shape.HAPPENED, COUNT)
ONE = Scope(1, (1,), 100, 200)
QUESTION = ExperimentQuestion(1, "checkout", ("control", "new"), (ONE,), 1_000, (ORDERS,))


def asking(*metrics: MetricQuestion, **other: Any) -> ExperimentQuestion:
    return replace(QUESTION, metrics=metrics, **other)


def arms(answer: ExperimentAnswer, scope: int = 1) -> dict[str, int]:
    return {arm.variant: arm.units for arm in answer.arms if arm.scope == scope}


def figures(session_over: Asked, metric: MetricQuestion, *given: Mapping[str, Any]) -> Sums | Quantile:
    """The metric's figures of the one unit `ann`, exposed at 120."""
    answer = ask_experiment(session_over(exposure("ann", 120, "new"), *given), asking(metric))
    (arm,) = answer.arms
    return arm.metrics[0]


def test_a_unit_counts_once_at_its_first_exposure(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 130, "new"), exposure("ann", 110, "new"), exposure("ann", 110, "new"), event("ann", 115)
    )

    answer = ask_experiment(session, QUESTION)

    assert answer == ExperimentAnswer(
        arms=(Arm(1, "new", 1, (Sums(1, y=1.0, yy=1.0),)),),
        caps=(),
        new_units=(NewUnits(1, "new", 0, 1),),
        counts=(ScopeCounts(1, quarantined=0, outside=0, unknown=0),),
        first_exposure=110,
        last_exposure=130,
    )


def test_a_unit_that_met_two_variants_in_one_phase_counts_in_none(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new"), exposure("ann", 110, "control"), exposure("bob", 120, "control")
    )

    answer = ask_experiment(session, QUESTION)

    assert arms(answer) == {"control": 1}
    assert answer.new_units == (NewUnits(1, "control", 0, 1),)
    assert answer.counts == (ScopeCounts(1, quarantined=1, outside=0, unknown=0),)


def test_a_unit_that_moves_counts_in_each_phase_and_is_quarantined_where_they_are_one(session_over: Asked) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300), Scope(3, (1, 2), 100, 300))
    session = session_over(exposure("ann", 110, "control"), exposure("ann", 210, "new", phase=2))

    answer = ask_experiment(session, asking(scopes=scopes))

    assert arms(answer, 1) == {"control": 1}
    assert arms(answer, 2) == {"new": 1}
    assert arms(answer, 3) == {}
    assert [count.quarantined for count in answer.counts] == [0, 0, 1]


def test_outcomes_of_a_phase_end_with_it(session_over: Asked) -> None:
    session = session_over(exposure("ann", 110, "new"), event("ann", 199), event("ann", 200))

    (arm,) = ask_experiment(session, QUESTION).arms

    assert arm.metrics == (Sums(1, y=1.0, yy=1.0),)


def test_outcomes_end_with_a_move_to_another_arm_between_the_phases_of_a_scope(session_over: Asked) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300), Scope(3, (3,), 300, 400), Scope(4, (1, 3), 100, 400))
    session = session_over(
        exposure("ann", 110, "new"),
        exposure("ann", 210, "new", phase=2),
        exposure("ann", 250, "control", phase=2),
        exposure("ann", 310, "new", phase=3),
        *(event("ann", time) for time in (150, 249, 250, 350)),
    )

    answer = ask_experiment(session, asking(ORDERS, scopes=scopes))

    assert {arm.scope: arm.metrics[0] for arm in answer.arms} == {
        1: Sums(1, y=1.0, yy=1.0),
        3: Sums(1, y=1.0, yy=1.0),
        4: Sums(1, y=2.0, yy=4.0),
    }


def test_a_move_before_the_first_exposure_of_a_scope_cuts_nothing(session_over: Asked) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300), Scope(3, (3,), 300, 400), Scope(4, (1, 3), 100, 400))
    session = session_over(
        exposure("ann", 250, "control", phase=2), exposure("ann", 310, "new", phase=3), event("ann", 350)
    )

    answer = ask_experiment(session, asking(ORDERS, scopes=scopes))

    assert [(arm.scope, arm.variant, arm.metrics[0].units) for arm in answer.arms] == [
        (2, "control", 1),
        (3, "new", 1),
        (4, "new", 1),
    ]
    assert answer.arms[2].metrics == (Sums(1, y=1.0, yy=1.0),)


def test_exposures_outside_their_phase_and_to_unknown_variants_are_counted_and_do_not_count(
    session_over: Asked,
) -> None:
    session = session_over(
        exposure("before", 99, "new"),
        exposure("at the start", 100, "new"),
        exposure("at the end", 200, "new"),
        exposure("unknown and late", 201, "blue"),
        exposure("unknown", 110, "blue"),
    )

    answer = ask_experiment(session, QUESTION)

    assert arms(answer) == {"new": 1}
    assert answer.counts == (ScopeCounts(1, quarantined=0, outside=3, unknown=1),)
    assert (answer.first_exposure, answer.last_exposure) == (100, 100)


def test_what_happened_after_the_time_of_the_question_is_not_looked_at(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new"), exposure("bob", 150, "new"), event("ann", 149), event("ann", 150)
    )

    answer = ask_experiment(session, asking(ORDERS, as_of=150))

    assert answer.arms == (Arm(1, "new", 1, (Sums(1, y=1.0, yy=1.0),)),)
    assert answer.counts == (ScopeCounts(1, quarantined=0, outside=0, unknown=0),)


@pytest.mark.parametrize("other", [{"environment_id": 2}, {"experiment": "pricing"}, {"phase": 0}])
def test_exposures_of_anything_else_are_not_looked_at(session_over: Asked, other: dict[str, Any]) -> None:
    session = session_over(exposure("ann", 110, "new") | other)

    assert ask_experiment(session, QUESTION) == ExperimentAnswer((), (), (), (ScopeCounts(1, 0, 0, 0),), None, None)


def test_events_of_another_environment_or_unit_do_not_count(session_over: Asked) -> None:
    assert figures(session_over, ORDERS, event("ann", 130) | {"environment_id": 2}, event("Ann", 130)) == Sums(1)


def test_a_unit_without_an_event_counts_with_nothing(session_over: Asked) -> None:
    assert figures(session_over, ORDERS) == Sums(1)
    assert figures(session_over, BOUGHT) == Sums(1)
    assert figures(session_over, REVENUE) == Sums(1)


def test_a_unit_without_a_mean_does_not_count(session_over: Asked) -> None:
    mean = MetricQuestion("mean", Shape.VALUE, MEAN)

    assert figures(session_over, mean, event("ann", 130, value=None)) == Sums(0)
    assert figures(
        session_over, mean, event("ann", 130), event("ann", 131, value=1.0), event("ann", 132, value=2.0)
    ) == Sums(1, y=1.5, yy=2.25)


def test_only_units_with_events_counts_an_event_without_a_value_too(session_over: Asked) -> None:
    metric = replace(REVENUE, only_units_with_events=True)

    assert figures(session_over, metric) == Sums(0)
    assert figures(session_over, metric, event("ann", 130, value=None)) == Sums(1)


def test_it_happened_once_however_often(session_over: Asked) -> None:
    metric = replace(BOUGHT, lookback=20)

    found = figures(session_over, metric, *(event("ann", time) for time in (110, 115, 130, 131, 132)))

    assert found == Sums(1, y=1.0, yy=1.0, y0=1.0, y0y0=1.0, yy0=1.0)


def test_a_window_includes_its_start_and_not_its_end(session_over: Asked) -> None:
    metric = replace(ORDERS, measure=replace(COUNT, starts=10, ends=20))

    found = figures(session_over, metric, *(event("ann", time) for time in (129, 130, 139, 140)))

    assert found == Sums(1, y=2.0, yy=4.0)


def test_the_past_ends_at_the_first_exposure_and_knows_no_window(session_over: Asked) -> None:
    metric = replace(ORDERS, measure=replace(COUNT, starts=10, ends=20), lookback=5)

    found = figures(session_over, metric, *(event("ann", time) for time in (114, 115, 119, 120)))

    assert found == Sums(1, y0=2.0, y0y0=4.0)


@pytest.mark.parametrize("answered", [None, (2,), (3, 2)])
def test_what_an_earlier_phase_did_to_a_unit_is_no_past(session_over: Asked, answered: tuple[int, ...] | None) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300), Scope(3, (1, 2), 100, 300))
    session = session_over(
        exposure("met before", 110, "new"),
        exposure("met before", 210, "new", phase=2),
        *(event("met before", time) for time in (59, 60, 109, 110, 150, 209, 210)),
    )

    answer = ask_experiment(session, asking(replace(ORDERS, lookback=50), scopes=scopes, answered=answered))

    expected = {
        1: Sums(1, y=2.0, yy=4.0, y0=2.0, y0y0=4.0, yy0=4.0),
        2: Sums(1, y=1.0, yy=1.0, y0=2.0, y0y0=4.0, yy0=2.0),
        3: Sums(1, y=4.0, yy=16.0, y0=2.0, y0y0=4.0, yy0=8.0),
    }
    assert {arm.scope: arm.metrics[0] for arm in answer.arms} == {
        scope: sums for scope, sums in expected.items() if answered is None or scope in answered
    }


def test_a_past_ends_at_the_first_exposure_to_any_variant_even_of_who_was_quarantined(session_over: Asked) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300))
    session = session_over(
        exposure("new here", 250, "new", phase=2),
        *(event("new here", time) for time in (150, 249)),
        exposure("moved", 110, "new"),
        exposure("moved", 250, "control", phase=2),
        *(event("moved", time) for time in (100, 105, 109, 150, 249)),
        exposure("quarantined", 120, "new"),
        exposure("quarantined", 112, "control"),
        exposure("quarantined", 250, "control", phase=2),
        *(event("quarantined", time) for time in (111, 115, 249)),
    )

    answer = ask_experiment(session, asking(replace(ORDERS, lookback=60), scopes=scopes, answered=(2,)))

    assert {arm.variant: arm.metrics[0] for arm in answer.arms} == {
        "control": Sums(2, y0=3.0 + 1.0, y0y0=9.0 + 1.0),
        "new": Sums(1, y0=1.0, y0y0=1.0),
    }


def test_only_the_scopes_that_are_answered_are_in_the_answer(session_over: Asked) -> None:
    scopes = (ONE, Scope(2, (2,), 200, 300))
    session = session_over(
        exposure("ann", 110, "new"), exposure("ann", 120, "control"), exposure("bob", 210, "new", 2), event("bob", 220)
    )

    answer = ask_experiment(session, asking(ORDERS, scopes=scopes, answered=(2,)))

    assert answer == ExperimentAnswer(
        arms=(Arm(2, "new", 1, (Sums(1, y=1.0, yy=1.0),)),),
        caps=(),
        new_units=(NewUnits(2, "new", 0, 1),),
        counts=(ScopeCounts(2, quarantined=0, outside=0, unknown=0),),
        first_exposure=210,
        last_exposure=210,
    )
    assert ask_experiment(session, asking(ORDERS, answered=())) == ExperimentAnswer((), (), (), (), None, None)


def test_a_past_may_lie_before_the_experiment(session_over: Asked) -> None:
    found = figures(
        session_over, replace(REVENUE, lookback=1_000), event("ann", 3, value=2.5), event("ann", 121, value=2)
    )

    assert found == Sums(1, y=2.0, yy=4.0, y0=2.5, y0y0=6.25, yy0=5.0)


def test_a_unit_without_a_mean_in_its_past_has_nothing_there(session_over: Asked) -> None:
    metric = MetricQuestion("mean", Shape.VALUE, MEAN, lookback=50)

    assert figures(session_over, metric, event("ann", 110), event("ann", 130, value=3.0)) == Sums(1, y=3.0, yy=9.0)


def test_a_whole_window_leaves_out_who_is_not_followed_to_its_end(session_over: Asked) -> None:
    metric = replace(BOUGHT, measure=replace(COUNT, starts=10, ends=80), whole_window=True)

    assert figures(session_over, metric, event("ann", 130)) == Sums(1, y=1.0, yy=1.0)
    assert figures(session_over, replace(metric, measure=replace(COUNT, ends=81)), event("ann", 130)) == Sums(0)


def test_a_ratio_keeps_both_and_their_pasts(session_over: Asked) -> None:
    metric = MetricQuestion("order value", Shape.RATIO, SUM, denominator=COUNT, lookback=20)
    events = [event("ann", 110, value=7.0), event("ann", 130, value=2.0), event("ann", 131, value=3.0)]

    assert figures(session_over, metric, *events) == Sums(
        1,
        y=5.0,
        yy=25.0,
        d=2.0,
        dd=4.0,
        yd=10.0,
        y0=7.0,
        y0y0=49.0,
        d0=1.0,
        d0d0=1.0,
        y0d0=7.0,
        yy0=35.0,
        dd0=2.0,
        yd0=5.0,
        dy0=14.0,
    )


def test_a_cap_is_on_the_numerator_and_its_past(session_over: Asked) -> None:
    metric = MetricQuestion("order value", Shape.RATIO, SUM, denominator=COUNT, lookback=20, cap=4.0)
    events = [event("ann", 110, value=7.0), event("ann", 130, value=5.0)]

    found = figures(session_over, metric, *events)

    assert found == Sums(
        1, y=4.0, yy=16.0, d=1.0, dd=1.0, yd=4.0, y0=4.0, y0y0=16.0, d0=1.0, d0d0=1.0, y0d0=4.0,
        yy0=16.0, dd0=1.0, yd0=4.0, dy0=4.0,
    )  # fmt: skip


def test_winsorising_caps_at_a_quantile_of_all_variants_together(session_over: Asked) -> None:
    session = session_over(
        *(exposure(f"unit {number}", 110, "new" if number % 2 else "control") for number in range(11)),
        *(event(f"unit {number}", 120, value=float(number)) for number in range(11)),
        event("unit 1", 105, value=50.0),
        event("quarantined", 120, value=1_000.0),
        exposure("quarantined", 110, "new"),
        exposure("quarantined", 111, "control"),
    )

    answer = ask_experiment(session, asking(replace(REVENUE, winsorise=0.75, lookback=10)))

    assert answer.caps == (Caps("revenue", {1: 7.5}),)
    control, new = (arm.metrics[0] for arm in answer.arms)
    assert control == Sums(6, y=0 + 2 + 4 + 6 + 7.5 + 7.5, yy=4 + 16 + 36 + 2 * 56.25)
    assert new == Sums(5, y=1 + 3 + 5 + 7 + 7.5, yy=1 + 9 + 25 + 49 + 56.25, y0=7.5, y0y0=56.25, yy0=7.5)


def test_a_quantile_is_of_each_variant_and_nothing_is_approximate(session_over: Asked) -> None:
    session = session_over(
        *(exposure(f"unit {number}", 110, "new") for number in range(101)),
        *(event(f"unit {number}", 120, value=float(number)) for number in range(101)),
        exposure("of control", 110, "control"),
    )

    answer = ask_experiment(session, asking(MetricQuestion("median", Shape.QUANTILE, SUM, quantile=0.5)))

    control, new = (arm.metrics[0] for arm in answer.arms)
    assert control == Quantile(1, 0.0, None, None)
    assert new == Quantile(101, 50.0, low=39.0, high=60.0)


def test_values_that_no_sum_can_bear_are_no_numbers(session_over: Asked) -> None:
    metric = replace(REVENUE, measure=replace(SUM, value_property="price"))
    prices = ("2.5", "1e999", "-1.01e40", "nan", "Infinity", " 1", "1_000", "+1", "0x10", "")

    found = figures(session_over, metric, *(event("ann", 130, price=price) for price in prices))

    assert found == Sums(1, y=2.5, yy=6.25)
    assert figures(session_over, REVENUE, event("ann", 130, value=1.01e40), event("ann", 131, value=2.0)) == Sums(
        1, y=2.0, yy=4.0
    )


def test_the_largest_number_is_one_that_the_statistics_can_bear(session_over: Asked) -> None:
    found = figures(session_over, REVENUE, *(event("ann", 130 + number, value=1e40) for number in range(3)))

    assert isinstance(found, Sums)
    assert found.y == pytest.approx(3e40)
    assert isinstance(variance(1_000, found.y, found.yy), float)


@pytest.mark.parametrize(
    ("operator", "values", "matching"),
    [
        (Operator.EQUALS, ("10",), ["10"]),
        (Operator.NOT_EQUALS, ("10",), ["9", "ü", ""]),
        (Operator.IN, ("9", "ü"), ["9", "ü"]),
        (Operator.NOT_IN, ("9", "ü"), ["10", ""]),
        (Operator.GREATER_THAN, ("9",), ["10"]),
        (Operator.AT_LEAST, ("9",), ["9", "10"]),
        (Operator.LESS_THAN, ("10",), ["9"]),
        (Operator.AT_MOST, ("10",), ["9", "10"]),
        (Operator.IS_SET, (), ["9", "10", "ü", ""]),
        (Operator.IS_NOT_SET, (), [None]),
    ],
)
def test_conditions_compare_what_is_there(
    session_over: Asked, operator: Operator, values: tuple[str, ...], matching: list[str | None]
) -> None:
    texts = ("9", "10", "ü", "", None)
    condition = PropertyFilter("price", operator, values)
    session = session_over(
        *(exposure(f"has {text}", 110, "new") for text in texts),
        *(event(f"has {text}", 120, **({} if text is None else {"price": text})) for text in texts),
    )

    answer = ask_experiment(session, asking(replace(ORDERS, measure=replace(COUNT, filters=(condition,)))))

    assert answer.arms[0].metrics[0] == Sums(5, y=float(len(matching)), yy=float(len(matching)))


def test_a_dimension_is_the_one_of_the_first_exposure(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new", country="ES"),
        exposure("ann", 111, "new", country="FR"),
        exposure("bob", 110, "new"),
        exposure("bob", 111, "new", country="FR"),
        exposure("at once", 110, "new", country="FR"),
        exposure("at once", 110, "new", country="DE"),
        exposure("at once", 110, "new"),
    )

    answer = ask_experiment(session, asking(dimension="country"))

    assert [(arm.dimension_value, arm.units) for arm in answer.arms] == [(None, 1), ("DE", 1), ("ES", 1)]


def test_new_units_are_counted_by_day_in_utc(session_over: Asked) -> None:
    scope = Scope(1, (1,), 0, 40_000 * DAY)
    times = (20_000 * DAY - 1, 20_000 * DAY, 20_001 * DAY - 1, 20_001 * DAY)
    session = session_over(*(exposure(f"unit {time}", time, "new") for time in times))

    answer = ask_experiment(session, asking(scopes=(scope,), as_of=40_000 * DAY))

    assert answer.new_units == (
        NewUnits(1, "new", 19_999, 1),
        NewUnits(1, "new", 20_000, 2),
        NewUnits(1, "new", 20_001, 1),
    )


def test_a_scope_like_another_has_the_same_figures(session_over: Asked) -> None:
    session = session_over(exposure("ann", 110, "new"), event("ann", 120, value=3.0))
    metric = replace(REVENUE, winsorise=0.9)

    answer = ask_experiment(session, asking(metric, scopes=(ONE, replace(ONE, id=9))))

    assert answer.arms == tuple(Arm(scope, "new", 1, (Sums(1, y=3.0, yy=9.0),)) for scope in (1, 9))
    assert answer.caps == (Caps("revenue", {1: 3.0, 9: 3.0}),)
    assert [count.scope for count in answer.counts] == [1, 9]


def test_nothing_has_happened_yet(session_over: Asked) -> None:
    metrics = (
        replace(REVENUE, winsorise=0.9),
        BOUGHT,
        MetricQuestion("median", Shape.QUANTILE, SUM, quantile=0.5),
        MetricQuestion("ratio", Shape.RATIO, SUM, denominator=COUNT),
    )

    answer = ask_experiment(session_over(), asking(*metrics, dimension="country"))

    assert answer == ExperimentAnswer(
        (), (Caps("revenue", {}),), (), (ScopeCounts(1, quarantined=0, outside=0, unknown=0),), None, None
    )


def test_without_metrics_units_are_counted(session_over: Asked) -> None:
    session = session_over(exposure("ann", 110, "new", country="ES"), event("ann", 120))

    assert ask_experiment(session, asking()).arms == (Arm(1, "new", 1, ()),)
    assert ask_experiment(session, asking(dimension="country")).arms == (Arm(1, "new", 1, (), "ES"),)


def test_without_scopes_nothing_is_asked(session_over: Asked) -> None:
    session = session_over(exposure("ann", 110, "new"))

    assert ask_experiment(session, asking(ORDERS, scopes=())) == ExperimentAnswer((), (), (), (), None, None)
    assert session.asked == []
