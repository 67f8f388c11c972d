"""What lists of A/A replays can be narrowed and ordered by."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet

import server.schema.experimentation.replays.enums  # noqa: F401 - the enums, before the arguments that use them
from server.accounts.authors import Author
from server.experimentation.models import Replay
from server.experimentation.results import replays_shown

Statuses = Annotated[
    list[replays_shown.ReplayStatus] | None, strawberry.argument(description="Only those with one of these statuses.")
]
InReplayOrder = Annotated[replays_shown.ReplayOrder, strawberry.argument(description="The order.")]


def replays(
    rows: QuerySet[Replay],
    author: Author,
    *,
    status: Statuses = None,
    order: InReplayOrder = replays_shown.ReplayOrder.NEWEST,
) -> QuerySet[Replay]:
    """Those of one experiment's replays that exist for the author."""
    return replays_shown.replays_for(rows, author, statuses=status, order=order)
