"""Rows that a write has in hand, remembered so that its answer does not read them again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet


class _InHand(QuerySet[Model]):
    """The rows of a relation; whoever wants fewer, or another order, asks the database as ever.

    The relation's own queryset would be built and filtered first, only to be never asked.
    """

    relation: Mapping[str, Model]

    def _clone(self) -> QuerySet[Model]:
        return self.model._default_manager.filter(**self.relation)


def remember(row: Model, relation: str, related: Sequence[Model]) -> None:
    """Let ``row`` know the rows of one of its relations, as if they had been prefetched."""
    there: Any = row._meta.get_field(relation)
    known: Any = _InHand(there.related_model)
    known.relation = {there.field.name: row}
    known._result_cache = list(related)
    known._prefetch_done = True
    cache: dict[str, Any] = row.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[relation] = known
