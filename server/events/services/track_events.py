"""Taking events from somebody who is signed in: what applications send over HTTP, for a person who tries things out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.errors import InvalidInput, Problem
from server.events.backlog import accepts_events, is_full
from server.events.reading import Batch, read_events
from server.events.refusals import OutboxFull, WarehouseReadOnly
from server.events.services.record_events import record_events
from server.projects.locks import find_environment, scope_of
from server.warehouse.times import microseconds_of

MOST_EVENTS = 1_000
"""At once: who has more sends them over HTTP."""


@transaction.atomic(durable=True)
def track_events(
    *,
    environment_id: int,
    events: Sequence[dict[str, Any]],
    sent_at: datetime | None = None,
    author: Author,
    now: datetime,
) -> Batch:
    """Put events into the outbox of an environment, each as an application would send it; say which were not taken.

    It takes the permission to edit, because results follow from events. There is no audit row: events are
    what happened to units, and no change of a setting.

    Raises:
        NotFound: no environment with this id that the author may see.
        NotAllowed: the author may not edit in the environment.
        InvalidInput: there are too many events.
        WarehouseReadOnly: events are taken nowhere here.
        OutboxFull: too many wait already.
    """
    environment = find_environment(environment_id, author=author)
    authorise(author, Permission.EDIT, scope_of(environment))
    if len(events) > MOST_EVENTS:
        message = f"Track at most {MOST_EVENTS:,} events at a time, or send more at once to /v1/events."
        raise InvalidInput([Problem(("events",), "TOO_MANY", message)])
    said = None if sent_at is None else sent_at.isoformat()
    batch = read_events(list(events), sent_at=said, received_at_us=microseconds_of(now))
    if not accepts_events():
        raise WarehouseReadOnly
    if is_full():
        raise OutboxFull
    record_events(environment_id=environment.pk, batch=batch, now=now)
    return batch
