"""What is on its way from an environment's applications to the warehouse, for many environments at once. Moves nothing.

All of it is one JSON object, which a query over environments takes along: so a page of them costs no
statement more than one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Expression, F, Max, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Extract, JSONObject, Now, TruncDate

from server.events.models import Intake, OutboxBatch
from server.projects.models import Environment


@dataclass(frozen=True, slots=True)
class Ingestion:
    """What waits, since when, and what has been taken over; days are those of UTC."""

    backlog_batches: int
    backlog_events: int
    backlog_bytes: int
    oldest_received_at: datetime | None
    lag_seconds: float
    stored_today: int
    duplicates_today: int
    last_received_at: datetime | None


def ingestion_facts() -> Expression:
    """What `ingestion_of` reads, of the environment that a query is at."""
    waiting = (
        OutboxBatch.objects.filter(environment_id=OuterRef("pk"))
        .order_by()
        .values("environment_id")
        .annotate(
            facts=JSONObject(
                batches=Count("pk"),
                events=Sum("events"),
                bytes=Sum("size"),
                oldest=Min("received_at"),
                newest=Max("received_at"),
                lag=Extract(Now() - Min("received_at"), "epoch"),
            )
        )
        .values("facts")
    )
    days = Intake.objects.filter(environment_id=OuterRef("pk"))
    today = days.filter(day=TruncDate(Now())).values(facts=JSONObject(stored=F("stored"), duplicates=F("duplicates")))
    last = days.order_by("-day").values("last_received_at")[:1]
    return JSONObject(waiting=Subquery(waiting), today=Subquery(today), last=Subquery(last))


def ingestion_of(facts: dict[str, Any]) -> Ingestion:
    """The facts in Python's own types."""
    waiting, today = facts["waiting"] or {}, facts["today"] or {}
    received = [datetime.fromisoformat(text) for text in (facts["last"], waiting.get("newest")) if text]
    return Ingestion(
        backlog_batches=waiting.get("batches", 0),
        backlog_events=waiting.get("events", 0),
        backlog_bytes=waiting.get("bytes", 0),
        oldest_received_at=datetime.fromisoformat(waiting["oldest"]) if waiting else None,
        lag_seconds=max(0.0, waiting.get("lag", 0)),
        stored_today=today.get("stored", 0),
        duplicates_today=today.get("duplicates", 0),
        last_received_at=max(received, default=None),
    )


def load_ingestion(environment_id: int) -> Ingestion:
    """The same for one environment, which is there."""
    found = Environment.objects.filter(pk=environment_id).values_list(ingestion_facts(), flat=True)
    return ingestion_of(found.get())
