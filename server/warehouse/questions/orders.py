"""Quantiles of a metric's values, exact: units with equal values are counted, and only what lies around the ranks
that a quantile needs leaves the engine. No engine's own quantile is used.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from server.warehouse.engine import Session
from server.warehouse.questions.answers import Quantile
from server.warehouse.questions.ranks import Run, near_ranks, quantile_of
from server.warehouse.questions.sums import Group, group_of, grouping
from server.warehouse.questions.terms import MetricQuestion, Shape
from server.warehouse.questions.unit_table import UnitTable
from server.warehouse.questions.values import values_of


def quantiles_of(
    session: Session, table: UnitTable, metrics: Sequence[MetricQuestion]
) -> dict[int, dict[Group, Quantile]]:
    """Of each quantile metric, by its place: the quantile of each group that has any unit with a value."""
    return {
        place: {
            group_of(dict(zip(grouping(table), group, strict=True))): found
            for group, found in _quantiles(session, table, metric, grouping(table), metric.quantile).items()
        }
        for place, metric in enumerate(metrics)
        if metric.shape is Shape.QUANTILE and metric.quantile is not None
    }


def caps_of(session: Session, table: UnitTable, metrics: Sequence[MetricQuestion]) -> dict[int, dict[int, float]]:
    """Of each winsorised metric, by its place: its cap in each scope, from the units of all variants together."""
    return {
        place: {
            scope: found.value
            for (scope,), found in _quantiles(session, table, metric, ["scope"], metric.winsorise).items()
            if found.value is not None
        }
        for place, metric in enumerate(metrics)
        if metric.winsorise is not None
    }


def _quantiles(
    session: Session, table: UnitTable, metric: MetricQuestion, by: list[str], nu: float
) -> Mapping[tuple[Any, ...], Quantile]:
    values = table.rows.select(*by, y=values_of(table, metric).y)
    values = values.filter(values.y.notnull())
    runs = values.group_by([*by, "y"]).agg(n=values.count())
    upwards = ibis.window(group_by=by, order_by="y", preceding=None, following=0)
    runs = runs.mutate(last=runs.n.sum().over(upwards), units=runs.n.sum().over(ibis.window(group_by=by)))
    runs = runs.filter(near_ranks(first=runs.last - runs.n + 1, last=runs.last, units=runs.units, nu=nu))
    found: dict[tuple[Any, ...], tuple[int, list[Run]]] = {}
    for row in session.rows(runs.select(*by, "y", "last", "units")):
        group = tuple(row[column] for column in by)
        found.setdefault(group, (int(row["units"]), []))[1].append(Run(row["y"], int(row["last"])))
    return {
        group: quantile_of(sorted(runs, key=lambda run: run.last), units=units, nu=nu)
        for group, (units, runs) in found.items()
    }
