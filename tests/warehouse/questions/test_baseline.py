"""What an environment's units do without any experiment."""

from dataclasses import replace

import pytest

from server.warehouse.questions.answers import BaselineAnswer, Quantile, Sums
from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.terms import Aggregate, Measure, MetricQuestion, Shape
from tests.warehouse.questions.conftest import Asked
from tests.warehouse.questions.worlds import DAY, event

ORDERS = MetricQuestion("orders", Shape.VALUE, Measure("buy", Aggregate.COUNT))
MEDIAN = MetricQuestion("median", Shape.QUANTILE, Measure("buy", Aggregate.SUM), quantile=0.5)


def test_a_units_first_event_of_any_name_stands_for_its_first_exposure(session_over: Asked) -> None:
    session = session_over(
        event("ann", 99),
        event("ann", 110, "view"),
        event("ann", 115, value=2.0),
        event("ann", 199, value=4.0),
        event("ann", 200),
        event("bob", 150, "view"),
        event("before", 99),
        event("after", 200),
        event("elsewhere", 150) | {"environment_id": 2},
    )
    early = replace(ORDERS, measure=replace(ORDERS.measure, ends=10), lookback=11)

    found = ask_baseline(session, (ORDERS, early, MEDIAN), environment_id=1, since=100, until=200)

    assert found == BaselineAnswer(
        units=2,
        units_per_day=2 / (100 / DAY),
        metrics=(
            Sums(2, y=2.0, yy=4.0),
            Sums(2, y=1.0, yy=1.0, y0=1.0, y0y0=1.0, yy0=1.0),
            Quantile(2, 3.0, None, None),
        ),
    )


def test_who_is_not_followed_to_the_end_of_a_whole_window_is_left_out(session_over: Asked) -> None:
    metric = replace(ORDERS, measure=replace(ORDERS.measure, ends=20), whole_window=True)
    session = session_over(event("in time", 180), event("too late", 181))

    found = ask_baseline(session, (metric,), environment_id=1, since=100, until=200)

    assert found.units == 2
    assert found.metrics == (Sums(1, y=1.0, yy=1.0),)


def test_nobody_did_anything(session_over: Asked) -> None:
    found = ask_baseline(session_over(), (ORDERS, MEDIAN), environment_id=1, since=100, until=200)

    assert found == BaselineAnswer(0, 0.0, (Sums(0), Quantile(0, None, None, None)))


def test_without_metrics_units_are_counted(session_over: Asked) -> None:
    found = ask_baseline(session_over(event("ann", 110)), (), environment_id=1, since=100, until=100 + DAY)

    assert found == BaselineAnswer(1, 1.0, ())


def test_no_time_is_no_baseline(session_over: Asked) -> None:
    with pytest.raises(ValueError, match="no time"):
        ask_baseline(session_over(), (), environment_id=1, since=100, until=100)
