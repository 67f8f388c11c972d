"""The values of each unit: what the sums are sums of."""

from dataclasses import replace

import numpy as np
import pytest

from server.warehouse.questions.answers import Sums, UnitValues
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import Aggregate, ExperimentQuestion, Measure, MetricQuestion, Scope, Shape
from server.warehouse.questions.units import Sample, Units, units_of
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

    found = units_of(session, QUESTION, scope=1).read()

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

    assert units_of(session, QUESTION).read().arms.tolist() == [1]


def test_of_nobody_there_are_no_values(session_over: Asked) -> None:
    found = units_of(session_over(), QUESTION).read()

    assert found.arms.tolist() == []
    assert [metric.y.tolist() for metric in found.metrics] == [[], [], []]


def test_the_last_answered_scope_is_meant_and_its_pasts_end_in_earlier_phases(session_over: Asked) -> None:
    session = session_over(
        exposure("ann", 110, "new"),
        exposure("ann", 210, "new", 2),
        *(event("ann", time, value=1.0) for time in (89, 90, 109, 110, 205, 220)),
    )

    for question in (QUESTION, replace(QUESTION, answered=(2,))):
        ratio = units_of(session, question).read().metrics[1]
        assert [listed(each) for each in (ratio.y, ratio.d, ratio.y0, ratio.d0)] == [[1.0], [1.0], [2.0], [2.0]]
    ratio = units_of(session, replace(QUESTION, answered=(1,))).read().metrics[1]
    assert [listed(each) for each in (ratio.y, ratio.d, ratio.y0, ratio.d0)] == [[1.0], [1.0], [2.0], [2.0]]


def test_one_metric_may_be_read_at_a_time(session_over: Asked) -> None:
    session = session_over(*(exposure(f"u{n}", 110, "new") for n in range(3)), event("u1", 120, value=3.0))

    units = units_of(session, QUESTION, scope=1)
    one, all_of_them = units.read(2), units.read()

    assert (len(one.metrics), len(all_of_them.metrics)) == (1, 3)
    assert sorted(one.metrics[0].y.tolist()) == sorted(all_of_them.metrics[2].y.tolist()) == [0.0, 0.0, 3.0]
    assert one.arms.tolist() == [1, 1, 1]


MANY = [exposure(f"customer-{number}", 110, ("control", "new")[number % 2]) for number in range(4_000)]
TOLD = [event(f"customer-{number}", 120, value=float(number)) for number in range(4_000)]


def drawn(units: Units) -> set[float]:
    """Who was drawn: each unit's value is its number."""
    return set(units.read(1).metrics[0].y.tolist())


def test_of_more_units_than_wanted_about_so_many_are_drawn_at_random_and_the_same_by_the_same_text(
    session_over: Asked,
) -> None:
    session = session_over(*MANY, *TOLD)
    question = replace(QUESTION, metrics=tuple(replace(each, cap=None) for each in QUESTION.metrics))
    first, again, other = (
        units_of(session, question, scope=1, sample=Sample(1_000, text)) for text in ("1:7", "1:7", "1:8")
    )

    assert [each.in_all for each in (first, again, other)] == [4_000] * 3
    arms, numbers = first.read(0).arms, drawn(first)
    assert len(arms) == len(numbers) == pytest.approx(1_000, abs=110)
    assert arms.sum() / len(arms) == pytest.approx(0.5, abs=0.07)
    assert np.mean(list(numbers)) == pytest.approx(2_000, abs=150)
    assert drawn(again) == numbers
    assert len(drawn(other) & numbers) == pytest.approx(250, abs=60)


def test_no_unit_is_left_out_where_there_are_no_more_than_wanted(session_over: Asked) -> None:
    session = session_over(*MANY[:100])

    units = units_of(session, QUESTION, scope=1, sample=Sample(100, "1:7"))

    assert (units.in_all, len(units.read(0).arms)) == (None, 100)


@pytest.mark.parametrize("question", [QUESTION, replace(QUESTION, answered=(1,))])
def test_a_scope_that_is_not_asked_about_has_no_values(session_over: Asked, question: ExperimentQuestion) -> None:
    missing = 7 if question.answered is None else 2
    with pytest.raises(ValueError, match=f"no scope {missing}"):
        units_of(session_over(), question, scope=missing).read()


def test_without_a_scope_to_answer_there_are_no_values(session_over: Asked) -> None:
    with pytest.raises(ValueError, match="No scope is answered"):
        units_of(session_over(), replace(QUESTION, answered=())).read()


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
            found[engine] = units_of(session, question, scope=13).read()

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
