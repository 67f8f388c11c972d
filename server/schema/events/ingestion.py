"""How many events of an environment are on their way, in the API."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from server.events.ingestion import ingestion_facts, ingestion_of, load_ingestion
from server.projects.models import Environment
from server.schema.fields import computed
from server.schema.scalars import Count


@strawberry.type(
    description=(
        "How events come in: what was accepted and waits to be moved to the warehouse, which results are computed "
        "from, and what was moved. Days are those of UTC."
    )
)
class Ingestion:
    backlog_batches: Count = strawberry.field(description="How many batches wait.")
    backlog_events: Count = strawberry.field(description="How many events are in them, repeated ones included.")
    backlog_bytes: Count = strawberry.field(description="How large they are.")
    oldest_received_at: datetime | None = strawberry.field(
        description="When the oldest of them came; null where none waits."
    )
    lag_seconds: float = strawberry.field(description="For how long the oldest has waited; 0 where none waits.")
    stored_today: Count = strawberry.field(
        description="How many events that came today were moved and count, each once."
    )
    duplicates_today: Count = strawberry.field(description="How many that came today had come before.")
    last_received_at: datetime | None = strawberry.field(
        description="When the last batch came; null where none ever did."
    )


def _read(root: Environment) -> Ingestion:
    facts = vars(root).get("ingestion_facts")  # not there on the answer of a mutation
    return Ingestion(**asdict(load_ingestion(root.pk) if facts is None else ingestion_of(facts)))


ingestion_here = computed(
    description="How events come in here: what waits, and what was taken.",
    annotate={"ingestion_facts": ingestion_facts()},
)(staticmethod(_read))
