"""The table that every figure comes from: a row for each unit of each scope, with its tallies. Computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from server.warehouse.engine import Session
from server.warehouse.questions.events import tallied_units, tally_names
from server.warehouse.questions.tallies import Tally, tallies_of
from server.warehouse.questions.terms import MetricQuestion


@dataclass(frozen=True, slots=True)
class UnitTable:
    """The kept table, and how its columns are called: of tallies, and of whether a unit was followed for so long."""

    rows: Any
    tallies: Mapping[Tally, str]
    followed: Mapping[int, str]


def unit_table(
    session: Session,
    units: Any,
    metrics: Sequence[MetricQuestion],
    *,
    environment_id: int,
    begins: int,
    since: int,
    until: int,
) -> UnitTable:
    """Join the units (as `first_meetings` has them, without those of no arm) with their tallies, and keep that."""
    names = tally_names(tallies_of(metrics))
    wholes = dict.fromkeys(whole_window(metric) for metric in metrics if metric.whole_window)
    followed = {whole: f"f{number}" for number, whole in enumerate(wholes)}
    columns: dict[str, Any] = {name: units.first + whole <= units.until for whole, name in followed.items()}
    units = units.mutate(**columns)
    if not names:
        return UnitTable(units.select("scope", "arm", *_dimension(units)), names, followed)
    found = tallied_units(session, units, names, environment_id=environment_id, begins=begins, since=since, until=until)
    found = found.select(in_scope="scope", unit="key", **{f"found_{name}": name for name in names.values()})
    rows = units.left_join(found, [units.scope == found.in_scope, units.key == found.unit])
    rows = rows.select(
        "scope",
        "arm",
        *_dimension(units),
        *followed.values(),
        **{name: ibis.coalesce(rows[f"found_{name}"], 0) for name in names.values()},
    )
    return UnitTable(session.keep(rows, "units"), names, followed)


def whole_window(metric: MetricQuestion) -> int:
    """How long a unit must be followed so that nothing of it can be missing."""
    measures = [measure for measure in (metric.measure, metric.denominator) if measure is not None]
    return max(measure.ends for measure in measures if measure.ends is not None)


def _dimension(table: Any) -> list[str]:
    return ["dimension"] if "dimension" in table.columns else []
