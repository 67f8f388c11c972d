"""What an environment's units did of late, without any experiment: for sample sizes before a start."""

from collections.abc import Sequence

import ibis

from server.warehouse.engine import Session
from server.warehouse.questions.answers import BaselineAnswer, Quantile, Sums
from server.warehouse.questions.checks import check_metrics
from server.warehouse.questions.figures import figures_of
from server.warehouse.questions.sums import Group
from server.warehouse.questions.terms import MetricQuestion, Shape
from server.warehouse.questions.unit_table import unit_table
from server.warehouse.tables import FileKind
from server.warehouse.times import DAY


def ask_baseline(
    session: Session, metrics: Sequence[MetricQuestion], *, environment_id: int, since: int, until: int
) -> BaselineAnswer:
    """The units that have any event between the two times; the first one there stands for a first exposure.

    All units are of one variant, and are followed until ``until``. Their past may lie before ``since``.

    Raises:
        ValueError: a metric means nothing, or there is no time between the two.
        WarehouseUnavailable: the warehouse did not answer.
    """
    check_metrics(metrics)
    if until <= since:
        raise ValueError("There is no time to look at.")
    events = session.table(FileKind.EVENT)
    events = events.filter(events.environment_id == environment_id, events.time >= since, events.time < until)
    units = events.group_by(key=events.targeting_key).agg(first=events.time.min())
    units = units.select(
        "key",
        "first",
        begun="first",
        scope=ibis.literal(0, "int64"),
        arm=ibis.literal(0, "int32"),
        until=ibis.literal(until, "int64"),
    )
    table = unit_table(
        session,
        session.keep(units, "units_of_late"),
        metrics,
        environment_id=environment_id,
        begins=since,
        since=since,
        until=until,
    )
    found = figures_of(session, table, metrics).groups.get(Group(0, 0))
    if found is None:
        return BaselineAnswer(0, 0.0, tuple(_of_nobody(metric) for metric in metrics))
    return BaselineAnswer(found.units, found.units / ((until - since) / DAY), found.metrics)


def _of_nobody(metric: MetricQuestion) -> Sums | Quantile:
    return Quantile(0, None, None, None) if metric.shape is Shape.QUANTILE else Sums(0)
