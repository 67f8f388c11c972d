"""What each unit of a scope counts with, as arrays: to deal the same units again, at random. Sums nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from server.warehouse.engine import Session
from server.warehouse.questions.answers import MetricValues, Numbers, UnitValues
from server.warehouse.questions.checks import answered_scopes, check_question, cut_at_asking, phases_of
from server.warehouse.questions.exposures import keep_units, named_exposures
from server.warehouse.questions.orders import caps_of
from server.warehouse.questions.terms import ExperimentQuestion, MetricQuestion
from server.warehouse.questions.unit_table import UnitTable, unit_table
from server.warehouse.questions.values import values_of

COLUMNS = ("y", "d", "y0", "d0")
PARTS = 1_000_000
"""Of the hash line by which units are drawn."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A bound on how many units are read: about so many are drawn where there are more.

    A unit is drawn by a hash of the text and its key, so the same text draws the same units on the same engine.
    """

    most: int
    drawn_by: str


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one scope, kept in the warehouse: each reading brings the values of the metrics asked for.

    ``in_all`` is how many there are, where only some of them were drawn.
    """

    session: Session
    table: UnitTable
    metrics: tuple[MetricQuestion, ...]
    caps: Mapping[int, Mapping[int, float]]
    in_all: int | None

    def read(self, *places: int) -> UnitValues:
        """The values of the metrics at these places of the question; of all of them if none is named."""
        asked = places or range(len(self.metrics))
        columns: dict[str, Any] = {"arm": self.table.rows.arm}
        for place in asked:
            values = values_of(self.table, self.metrics[place], self.caps.get(place))
            for name in COLUMNS:
                if (column := getattr(values, name)) is not None:
                    columns[f"m{place}_{name}"] = column
        expression = self.table.rows.select(**columns)
        found = self.session.columns(expression.order_by(list(columns)))
        return UnitValues(
            arms=found["arm"].astype(np.int64, copy=False),
            metrics=tuple(_metric_values(found, place) for place in asked),
        )


def units_of(
    session: Session, question: ExperimentQuestion, *, scope: int | None = None, sample: Sample | None = None
) -> Units:
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
    units, in_all = _drawn(session, units.filter(units.arm.notnull()), sample)
    table = unit_table(
        session,
        units,
        question.metrics,
        environment_id=question.environment_id,
        begins=min(phase.opened for phase in phases),
        since=asked[0].opened,
        until=asked[0].closed,
    )
    return Units(session, table, question.metrics, caps_of(session, table, question.metrics), in_all)


def _drawn(session: Session, units: Any, sample: Sample | None) -> tuple[Any, int | None]:
    """The units, and how many there are if these are only some of them."""
    if sample is None:
        return units, None
    [counted] = session.rows(units.aggregate(units=units.count()))
    in_all = int(counted["units"])
    if in_all <= sample.most:
        return units, None
    place = ((ibis.literal(f"{sample.drawn_by}:") + units.key).hash() % PARTS).abs()
    return units.filter(place < PARTS * sample.most // in_all), in_all


def _metric_values(found: Mapping[str, np.ndarray[Any, Any]], place: int) -> MetricValues:
    def numbers(name: str) -> Numbers | None:
        values = found.get(f"m{place}_{name}")
        return None if values is None else values.astype(np.float64, copy=False)

    return MetricValues(found[f"m{place}_y"].astype(np.float64, copy=False), *map(numbers, COLUMNS[1:]))
