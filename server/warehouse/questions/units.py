"""What each unit of a scope counts with, as arrays: to deal the same units again, at random. Sums nothing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from server.warehouse.engine import Session
from server.warehouse.questions.answers import MetricValues, Numbers, UnitValues
from server.warehouse.questions.checks import answered_scopes, check_question, cut_at_asking, phases_of
from server.warehouse.questions.exposures import keep_units, named_exposures
from server.warehouse.questions.orders import caps_of
from server.warehouse.questions.terms import ExperimentQuestion
from server.warehouse.questions.unit_table import unit_table
from server.warehouse.questions.values import values_of

COLUMNS = ("y", "d", "y0", "d0")


def unit_values(session: Session, question: ExperimentQuestion, *, scope: int | None = None) -> UnitValues:
    """The units of one scope of the question, the last answered one if none is named. Its dimension does not matter.

    Raises:
        ValueError: the question has no answer, or no such scope.
        WarehouseUnavailable: the warehouse did not answer.
    """
    check_question(question)
    question = cut_at_asking(question)
    phases = phases_of(question)
    asked = [it for it in answered_scopes(question) if scope is None or it.id == scope][-1:]
    if not asked:
        raise ValueError("No scope is answered." if scope is None else f"The question has no scope {scope} to answer.")

    units = keep_units(session, named_exposures(session, question, phases), asked, phases)
    table = unit_table(
        session,
        units.filter(units.arm.notnull()),
        question.metrics,
        environment_id=question.environment_id,
        begins=min(phase.opened for phase in phases),
        since=asked[0].opened,
        until=asked[0].closed,
    )
    caps = caps_of(session, table, question.metrics)
    columns: dict[str, Any] = {"arm": table.rows.arm}
    for place, metric in enumerate(question.metrics):
        values = values_of(table, metric, caps.get(place))
        for name in COLUMNS:
            if (column := getattr(values, name)) is not None:
                columns[f"m{place}_{name}"] = column
    expression = table.rows.select(**columns)
    found = session.columns(expression.order_by(list(columns)))

    return UnitValues(
        arms=found["arm"].astype(np.int64, copy=False),
        metrics=tuple(_metric_values(found, place) for place in range(len(question.metrics))),
    )


def _metric_values(found: Mapping[str, np.ndarray[Any, Any]], place: int) -> MetricValues:
    def numbers(name: str) -> Numbers | None:
        values = found.get(f"m{place}_{name}")
        return None if values is None else values.astype(np.float64, copy=False)

    return MetricValues(found[f"m{place}_y"].astype(np.float64, copy=False), *map(numbers, COLUMNS[1:]))
