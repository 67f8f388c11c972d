"""The optimizer of queries, without its hook on every single field.

The fields of the API's types ask it themselves; the hook would only serve resolvers that
give querysets back bare, and there are none.
"""

from strawberry.extensions import SchemaExtension
from strawberry_django.optimizer import DjangoOptimizerExtension


class Optimizer(DjangoOptimizerExtension):
    """Fetches what a selection needs ahead: relations by joins and prefetches, and only the columns."""

    resolve = SchemaExtension.resolve  # type: ignore[assignment]
