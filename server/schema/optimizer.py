"""The optimizer of queries, without its hook on every single field.

The fields of the API's types ask it themselves; the hook would only serve resolvers that
give querysets back bare, and there are none.
"""

from typing import Any

from strawberry.extensions import SchemaExtension
from strawberry_django import optimizer as library

_of_edges = library._get_model_hints_from_connection


def _of_connection(*args: Any, **kwargs: Any) -> library.OptimizerStore:
    """What a nested list needs: its total too is fetched ahead where nobody asks for its edges.

    The library plans nothing for a selection of `totalCount` alone, and counts for each parent.
    """
    return _of_edges(*args, **kwargs) or library.OptimizerStore(only=["pk"])


library._get_model_hints_from_connection = _of_connection


class Optimizer(library.DjangoOptimizerExtension):
    """Fetches what a selection needs ahead: relations by joins and prefetches, and only the columns."""

    resolve = SchemaExtension.resolve  # type: ignore[assignment]
