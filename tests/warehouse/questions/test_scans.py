"""How often the tables are read: never more often because there is more to find out."""

from dataclasses import replace

import sqlglot
from sqlglot import expressions

from server.warehouse.questions.baseline import ask_baseline
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.questions.terms import Aggregate, Measure, MetricQuestion, Shape
from server.warehouse.questions.units import Sample, units_of
from tests.warehouse.questions.conftest import Asked
from tests.warehouse.questions.engines import EngineSession
from tests.warehouse.questions.worlds import AS_OF, START, world


def reads(session: EngineSession, table: str) -> int:
    """How often a table stands in what was asked; of a table expression that stands for several, each of its uses."""
    found = 0
    for sql in session.asked:
        tree = sqlglot.parse_one(sql, read=session.dialect.value)
        shared = {cte.alias: cte for cte in tree.find_all(expressions.CTE)}
        found += _reads(tree, table, shared)
    return found


def _reads(tree: expressions.Expression, table: str, shared: dict[str, expressions.CTE]) -> int:
    found = 0
    for node in tree.find_all(expressions.Table):
        inside = node.find_ancestor(expressions.CTE)
        if inside is not None and inside is not tree:
            continue
        found += _reads(shared[node.name], table, shared) if node.name in shared else node.name == table
    return found


def test_events_are_read_once_and_exposures_twice_whatever_is_asked(session_over: Asked) -> None:
    _, question = world(1)
    few_scopes = replace(question, metrics=question.metrics[:1], scopes=question.scopes[:1])
    for few in (few_scopes, question, replace(question, answered=(3, 13))):
        for dimension in (None, "country"):
            session = session_over()
            ask_experiment(session, replace(few, dimension=dimension))

            assert reads(session, "events") == 1
            assert reads(session, "exposures") == 2


def test_values_of_units_take_one_look_at_each_however_many_metrics_are_read_and_whether_units_are_drawn(
    session_over: Asked,
) -> None:
    _, question = world(1)
    session = session_over()

    units = units_of(session, question, sample=Sample(10, "a draw"))
    for place in range(len(question.metrics)):
        units.read(place)

    assert (reads(session, "events"), reads(session, "exposures")) == (1, 1)


def test_a_baseline_reads_events_once_for_the_units_and_once_for_all_metrics(session_over: Asked) -> None:
    _, question = world(1)
    session = session_over()

    ask_baseline(session, question.metrics, environment_id=1, since=START, until=AS_OF)

    assert (reads(session, "events"), reads(session, "exposures")) == (2, 0)


def test_without_metrics_no_event_is_read(session_over: Asked) -> None:
    _, question = world(1)
    session = session_over()

    ask_experiment(session, replace(question, metrics=()))

    assert reads(session, "events") == 0


def test_what_several_metrics_need_is_counted_once(session_over: Asked) -> None:
    _, question = world(1)
    buy = Measure("buy", Aggregate.COUNT)
    metrics = (
        MetricQuestion("happened", Shape.HAPPENED, replace(buy, aggregate=Aggregate.SUM), lookback=5),
        MetricQuestion("orders", Shape.VALUE, buy, lookback=5),
        MetricQuestion("order value", Shape.RATIO, replace(buy, aggregate=Aggregate.SUM), denominator=buy, lookback=5),
        MetricQuestion("revenue", Shape.VALUE, replace(buy, aggregate=Aggregate.SUM), only_units_with_events=True),
    )
    session = session_over()

    ask_experiment(session, replace(question, metrics=metrics))

    (kept,) = (sql for sql in session.asked if "events" in sql)
    columns = sqlglot.parse_one(kept, read=session.dialect.value).named_selects
    assert columns == ["scope", "arm", "dimension", "m0", "m1", "m2", "m3"]
