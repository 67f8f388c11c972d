"""The values of each unit: what the sums are sums of."""

from dataclasses import replace

import numpy as np
import pytest

from server.warehouse.questions.answers import Sums, UnitValues
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import Aggregate, ExperimentQuestion, Measure, MetricQuestion, Scope, Shape
from server.warehouse.questions.units import unit_values
from tests.warehouse.questions.conftest import Asked
from tests.warehouse.questions.engines import SESSIONS
from tests.warehouse.questions.worlds import event, exposure, world

SUM, COUNT = Measure("buy", Aggregate.SUM), Measure("buy", Aggregate.COUNT)
QUESTION = ExperimentQuestion(
    environment_id=1,
    experiment="checkout",
    variants=("control", "new"),
    scopes=(Scope(1, (1,), 100, 200), Scope(2, (2,), 200, 300)),
    as_of=1_000,
    metrics=(
        MetricQuestion("mean", Shape.VALUE, Measure("buy", Aggregate.MEAN)),
        MetricQuestion("order value", Shape.RATIO, SUM, denominator=COUNT, lookback=20, cap=4.0),
        MetricQuestion("median", Shape.QUANTILE, SUM, quantile=0.5),
    ),
)


def listed(values: np.ndarray | None) -> list[float | None] | None:
    return None if values is None else [None if np.isnan(value) else value for value in values.tolist()]


def test_each_unit_has_its_values_in_an_order_that_the_data_decide(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new"),
        exposure("bob", 110, "control"),
        exposure("cid", 110, "new"),
        exposure("quarantined", 110, "new"),
        exposure("quarantined", 111, "control"),
        exposure("later", 210, "new", 2),
        event("ann", 105, value=9.0),
        event("ann", 120, value=3.0),
        event("bob", 120, value=5.0),
        event("bob", 121),
    )

    found = unit_values(session, QUESTION, scope=1)

    assert found.arms.tolist() == [0, 1, 1]
    assert found.arms.dtype == np.int64
    mean, ratio, median = found.metrics
    assert sorted(listed(mean.y) or [], key=str) == [3.0, 5.0, None]
    assert (mean.d, mean.y0, mean.d0) == (None, None, None)
    order = [0, 1, 2] if ratio.y[1] == 3.0 else [0, 2, 1]
    assert ratio.y[order].tolist() == [4.0, 3.0, 0.0]
    assert ratio.d is not None and ratio.d[order].tolist() == [2.0, 1.0, 0.0]
    assert ratio.y0 is not None and ratio.y0[order].tolist() == [0.0, 4.0, 0.0]
    assert ratio.d0 is not None and ratio.d0[order].tolist() == [0.0, 1.0, 0.0]
    assert median.y[order].tolist() == [5.0, 3.0, 0.0]


def test_the_last_scope_is_meant_if_none_is_named(session_over: Asked) -> None:
    session = session_over(exposure("ann", 110, "control"), exposure("later", 210, "new", 2))

    assert unit_values(session, QUESTION).arms.tolist() == [1]


def test_of_nobody_there_are_no_values(session_over: Asked) -> None:
    found = unit_values(session_over(), QUESTION)

    assert found.arms.tolist() == []
    assert [metric.y.tolist() for metric in found.metrics] == [[], [], []]


def test_the_last_answered_scope_is_meant_and_its_pasts_end_in_earlier_phases(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new"),
        exposure("ann", 210, "new", 2),
        *(event("ann", time, value=1.0) for time in (89, 90, 109, 110, 205, 220)),
    )

    for question in (QUESTION, replace(QUESTION, answered=(2,))):
        ratio = unit_values(session, question).metrics[1]
        assert [listed(each) for each in (ratio.y, ratio.d, ratio.y0, ratio.d0)] == [[1.0], [1.0], [2.0], [2.0]]
    ratio = unit_values(session, replace(QUESTION, answered=(1,))).metrics[1]
    assert [listed(each) for each in (ratio.y, ratio.d, ratio.y0, ratio.d0)] == [[1.0], [1.0], [2.0], [2.0]]


@pytest.mark.parametrize("question", [QUESTION, replace(QUESTION, answered=(1,))])
def test_a_scope_that_is_not_asked_about_has_no_values(session_over: Asked, question: ExperimentQuestion) -> None:
    missing = 7 if question.answered is None else 2
    with pytest.raises(ValueError, match=f"no scope {missing}"):
        unit_values(session_over(), question, scope=missing)


def test_without_a_scope_to_answer_there_are_no_values(session_over: Asked) -> None:
    with pytest.raises(ValueError, match="No scope is answered"):
        unit_values(session_over(), replace(QUESTION, answered=()))


def total(first: np.ndarray | None, second: np.ndarray | float | None = 1.0) -> float:
    return 0.0 if first is None or second is None else float(np.nansum(first * second))


@pytest.mark.parametrize("seed", (30, 31))
def test_the_sums_are_of_these_values_and_engines_agree_on_their_order(seed: int) -> None:
    rows, question = world(seed)
    question = replace(question, dimension=None)
    found: dict[str, UnitValues] = {}
    for engine, opened in SESSIONS.items():
        with opened(rows) as session:
            answer = ask_experiment(session, question)
            found[engine] = unit_values(session, question, scope=13)

    units = found["DuckDB"]
    for arm in (arm for arm in answer.arms if arm.scope == 13):
        mine = units.arms == question.variants.index(arm.variant)
        assert mine.sum() == arm.units
        for sums, metric in zip(arm.metrics, units.metrics, strict=True):
            assert sums.units == np.count_nonzero(~np.isnan(metric.y[mine]))
            if isinstance(sums, Sums):
                y, d, y0, d0 = (
                    None if values is None else values[mine] for values in (metric.y, metric.d, metric.y0, metric.d0)
                )
                assert [sums.y, sums.yy, sums.d, sums.yd, sums.y0, sums.yy0, sums.d0, sums.dy0] == pytest.approx(
                    [total(y), total(y, y), total(d), total(y, d), total(y0), total(y, y0), total(d0), total(d, y0)]
                )
    for one, other in zip(found["DuckDB"].metrics, found["ClickHouse"].metrics, strict=True):
        for name in ("y", "d", "y0", "d0"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(found["DuckDB"].arms, found["ClickHouse"].arms)
