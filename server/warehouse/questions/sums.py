"""The sums of all metrics over the units of each variant, in one query over the kept table. Sees no event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from server.warehouse.engine import Session
from server.warehouse.questions.answers import Sums
from server.warehouse.questions.terms import MetricQuestion, Shape
from server.warehouse.questions.unit_table import UnitTable
from server.warehouse.questions.values import Values, values_of

PRODUCTS = {
    "y": ("y",),
    "yy": ("y", "y"),
    "d": ("d",),
    "dd": ("d", "d"),
    "yd": ("y", "d"),
    "y0": ("y0",),
    "y0y0": ("y0", "y0"),
    "d0": ("d0",),
    "d0d0": ("d0", "d0"),
    "y0d0": ("y0", "d0"),
    "yy0": ("y", "y0"),
    "dd0": ("d", "d0"),
    "yd0": ("y", "d0"),
    "dy0": ("d", "y0"),
}
"""Which values are multiplied for each of the sums."""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Of whom the figures are."""

    scope: int
    arm: int
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class GroupSums:
    """How many units there are, and the sums of each metric that has sums, by its place among the metrics."""

    units: int
    metrics: Mapping[int, Sums]


def grouping(table: UnitTable) -> list[str]:
    """By which columns figures are grouped."""
    return ["scope", "arm", *(["dimension"] if "dimension" in table.rows.columns else [])]


def sums_of(
    session: Session, table: UnitTable, metrics: Sequence[MetricQuestion], caps: Mapping[int, Mapping[int, float]]
) -> dict[Group, GroupSums]:
    """All sums of all metrics; ``caps`` are those of winsorised metrics, by place and scope."""
    figures = {"units": table.rows.count()}
    for place, metric in enumerate(metrics):
        if metric.shape is not Shape.QUANTILE:
            values = values_of(table, metric, caps.get(place))
            figures |= {f"m{place}_{name}": figure for name, figure in _figures(values, metric.shape).items()}
    rows = session.rows(table.rows.group_by(grouping(table)).agg(**figures))
    return {group_of(row): GroupSums(row["units"], _sums(row, metrics)) for row in rows}


def group_of(row: Mapping[str, Any]) -> Group:
    """The group that a row of an answer is of."""
    return Group(row["scope"], row["arm"], row.get("dimension"))


def _figures(values: Values, shape: Shape) -> dict[str, Any]:
    found = {"units": values.y.count()}
    for name, factors in PRODUCTS.items():
        columns = [getattr(values, factor) for factor in factors]
        if all(column is not None for column in columns):
            # 0 and 1 are their own squares.
            columns = columns[:1] if shape is Shape.HAPPENED and factors[0] == factors[-1] else columns
            found[name] = (columns[0] if len(columns) == 1 else columns[0] * columns[1]).sum()
    return found


def _sums(row: Mapping[str, Any], metrics: Sequence[MetricQuestion]) -> dict[int, Sums]:
    return {place: _one(row, place) for place, metric in enumerate(metrics) if metric.shape is not Shape.QUANTILE}


def _one(row: Mapping[str, Any], place: int) -> Sums:
    figures = {field.name: row.get(f"m{place}_{field.name}") for field in fields(Sums)}
    # The sum over nobody is null; what the metric has no use for was not asked.
    return Sums(**{name: figure for name, figure in figures.items() if figure is not None})
