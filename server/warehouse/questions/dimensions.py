"""Which values of a dimension are answered by name: at most fifty. Everything else is one value, `OTHER`."""

from collections.abc import Sequence
from typing import Any

import ibis

from server.warehouse.engine import Session

MOST_VALUES = 50
"""Units without the property are not among them."""

OTHER = "…"
"""With more values than that, all but the 49 with the most units; a value that is really called so is among them."""


def with_few_values(session: Session, units: Any, scopes: Sequence[int]) -> Any:
    """The units with at most `MOST_VALUES` values of the dimension: those with most units in the scopes given."""
    known = units.filter(units.dimension.notnull(), units.scope.isin(scopes))
    counts = known.group_by("dimension").agg(units=known.count())
    counts = counts.order_by(counts.units.desc(), counts.dimension).limit(MOST_VALUES + 1)
    values = [row["dimension"] for row in session.rows(counts)]
    if len(values) <= MOST_VALUES:
        return units
    named = units.dimension.isin(values[: MOST_VALUES - 1])
    dimension = ibis.ifelse(units.dimension.isnull() | named, units.dimension, ibis.literal(OTHER))
    return units.mutate(dimension=dimension)
