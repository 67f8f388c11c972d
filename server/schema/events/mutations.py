"""The mutation that takes events: it makes one call to a service."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.events.reading import Batch
from server.events.services.track_events import MOST_EVENTS, track_events
from server.schema.authors import author_of, now
from server.schema.events.inputs import EventInput
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result


@strawberry.type(description="An event that was not taken, and why.")
class RejectedEvent:
    index: int = strawberry.field(description="Its place in the list, from 0.")
    id: str | None = strawberry.field(description="The event's id, where that is not what is wrong.")
    code: str = strawberry.field(description="What is wrong, for programs: stable.")
    path: list[str] = strawberry.field(description="Where in the event.")
    message: str = strawberry.field(description="What is wrong and what to do, for people.")


@strawberry.type(description="What became of the events that were sent.")
class TrackedEvents:
    accepted: int = strawberry.field(
        description="How many were taken: they are durable. Of those sent before, none counts again."
    )
    rejected: list[RejectedEvent] = strawberry.field(description="The others, each with what is wrong with it first.")


@strawberry.type
class EventMutations:
    @mutation(
        result("TrackEventsResult", TrackedEvents),
        description=(
            "Take events as applications send them to `/v1/events`, from somebody who may edit in the environment: "
            "for trying things out. What is wrong with one of them does not keep the others."
        ),
    )
    def track_events(
        self,
        info: Info,
        environment_id: Annotated[ID, strawberry.argument(description="Where it happened.")],
        events: Annotated[
            list[EventInput], strawberry.argument(description=f"What happened: at most {MOST_EVENTS:,} events.")
        ],
        sent_at: Annotated[
            datetime | None,
            strawberry.argument(
                description=(
                    "When this was sent, by the clock that the events' times are of: where that is more than five "
                    "seconds wrong, the times are put right by as much."
                )
            ),
        ] = None,
    ) -> TrackedEvents:
        batch = track_events(
            environment_id=decode_id(environment_id, "Environment"),
            events=[event.document() for event in events],
            sent_at=sent_at,
            author=author_of(info),
            now=now(),
        )
        return tracked(batch)


def tracked(batch: Batch) -> TrackedEvents:
    """What became of a batch, as the API tells it."""
    rejected = [
        RejectedEvent(
            index=one.index, id=one.id, code=one.code, path=[str(item) for item in one.path], message=one.message
        )
        for one in batch.rejected
    ]
    return TrackedEvents(accepted=batch.events, rejected=rejected)
