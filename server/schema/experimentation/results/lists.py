"""What lists of computations can be narrowed and ordered by."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet

import server.schema.experimentation.results.enums  # noqa: F401 - the enums, before the arguments that use them
from server.accounts.authors import Author
from server.experimentation.models import Computation, ComputationStatus
from server.experimentation.results import shown

Statuses = Annotated[
    list[ComputationStatus] | None, strawberry.argument(description="Only those of which one of these became.")
]
InComputationOrder = Annotated[shown.ComputationOrder, strawberry.argument(description="The order.")]


def computations(
    rows: QuerySet[Computation],
    author: Author,
    *,
    status: Statuses = None,
    order: InComputationOrder = shown.ComputationOrder.NEWEST,
) -> QuerySet[Computation]:
    """Those of one experiment's computations that exist for the author."""
    return shown.computations_for(rows, author, statuses=status, order=order)
