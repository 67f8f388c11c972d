"""All figures of all metrics from the kept table: caps first, then sums and quantiles by group. Sees no event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.warehouse.engine import Session
from server.warehouse.questions.answers import Quantile, Sums
from server.warehouse.questions.orders import caps_of, quantiles_of
from server.warehouse.questions.sums import Group, sums_of
from server.warehouse.questions.terms import MetricQuestion, Shape
from server.warehouse.questions.unit_table import UnitTable


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """How many units a group has, and an answer to each metric, in their order."""

    units: int
    metrics: tuple[Sums | Quantile, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of each group that has units; and of winsorised metrics, by their place, the caps by scope."""

    groups: Mapping[Group, GroupFigures]
    caps: Mapping[int, Mapping[int, float]]


def figures_of(session: Session, table: UnitTable, metrics: Sequence[MetricQuestion]) -> Figures:
    """Ask for them: one query for all sums, and one for each metric that needs its values in order."""
    caps = caps_of(session, table, metrics)
    quantiles = quantiles_of(session, table, metrics)
    nobody = Quantile(0, None, None, None)
    groups = {
        group: GroupFigures(
            found.units,
            tuple(
                quantiles[place].get(group, nobody) if metric.shape is Shape.QUANTILE else found.metrics[place]
                for place, metric in enumerate(metrics)
            ),
        )
        for group, found in sums_of(session, table, metrics, caps).items()
    }
    return Figures(groups, caps)
