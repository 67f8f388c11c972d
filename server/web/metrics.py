"""`/metrics`: how events come in, for Prometheus; it names no tenant, and counts what all processes share.

The numbers are PostgreSQL's, so every process tells the same ones, and a scrape that reaches another process
each time sees no counter go back. What a scrape costs grows with what waits, and not
with what was stored.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Sum
from django.db.utils import Error
from django.http import HttpResponse
from django.utils import timezone

from server.events.backlog import backlog, is_full
from server.events.models import Intake

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics() -> HttpResponse:
    """The metrics of this moment; 503 without any where the database cannot be asked."""
    try:
        text = "".join(_lines(now=timezone.now()))
    except Error:
        connection.close()
        return HttpResponse("", status=503, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
    return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _lines(*, now: datetime) -> Iterator[str]:
    waiting = backlog()
    taken = Intake.objects.aggregate(stored=Sum("stored", default=0), duplicates=Sum("duplicates", default=0))
    moving = 0.0 if waiting.moving_since is None else (now - waiting.moving_since).total_seconds()
    yield _gauge("outbox_batches", waiting.batches, "Batches of events that wait to be moved to the warehouse.")
    yield _gauge("outbox_events", waiting.events, "Events in them.")
    yield _gauge("outbox_bytes", waiting.bytes, "Bytes in them.")
    yield _gauge("outbox_lag_seconds", waiting.lag(now=now).total_seconds(), "For how long the oldest has waited.")
    yield _gauge("outbox_full", int(is_full()), "1 while no events are taken because too many wait.")
    yield _gauge("block_moving_seconds", moving, "For how long a block has been on its way there; 0 if none is.")
    yield _counter("events_stored", taken["stored"], "Events that were moved to the warehouse, each once.")
    yield _counter("events_duplicate", taken["duplicates"], "Events that had come before, and were left out.")


def _gauge(name: str, value: float, help: str) -> str:
    return f"# HELP fairsplit_{name} {help}\n# TYPE fairsplit_{name} gauge\nfairsplit_{name} {value}\n"


def _counter(name: str, value: int, help: str) -> str:
    name = f"{name}_total"
    return f"# HELP fairsplit_{name} {help}\n# TYPE fairsplit_{name} counter\nfairsplit_{name} {value}\n"
