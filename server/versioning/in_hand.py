"""Rows that a write has in hand, remembered so that its answer does not read them again."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model


def remember(row: Model, relation: str, related: Sequence[Model]) -> None:
    """Let ``row`` know the rows of one of its relations, as if they had been prefetched."""
    manager: Any = getattr(row, relation)
    known = manager.get_queryset()
    known._result_cache = list(related)
    known._prefetch_done = True
    cache: dict[str, Any] = row.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[relation] = known
