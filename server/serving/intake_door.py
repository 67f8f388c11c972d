"""`POST /v1/events`: takes a batch of events and answers once it is durable; it never holds up who asks for flags.

What is refused as a whole (a key, a type, a size) has the status of that. A batch that can be read is
answered with 200, whatever was wrong with some or all of its events: each of those is named.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import orjson

from server.events.faults import UnreadablePayload
from server.events.reading import Batch, read_batch
from server.serving.bodies import TooLarge, read_body
from server.serving.intake_body import (
    JSON,
    MAX_SENT,
    MAX_UNPACKED,
    NDJSON,
    NotGzip,
    is_packed,
    media_type_of,
    too_large,
    unpack,
    unsupported,
)
from server.serving.intake_room import Place, Room
from server.serving.intake_store import Given
from server.serving.intake_writer import IntakeWriter, Outcome
from server.serving.messages import Response
from server.serving.ofrep_errors import JSON as IN_JSON
from server.serving.ofrep_errors import error, forbidden, unauthorized, unavailable
from server.serving.rsgi import HTTPProtocol, Scope

SECONDS_TO_SEND = 30
"""How long a client may take for a body: it holds room."""

SECONDS_UNTIL_ROOM = 2
SECONDS_UNTIL_DATABASE = 2
SECONDS_UNTIL_OUTBOX = 10
"""What a worker has to move on is more than a moment's work."""

SMALL = 8 * 1024
"""A body of so many bytes is read on the loop: handing it to a thread would take as long."""

EVENTS_NOT_TAKEN = forbidden("The events here come from a warehouse that fairsplit only reads: send none.")
FULL = error(
    429,
    "GENERAL",
    "More events wait to be moved to the warehouse than there is room for: send the same ones again later.",
    headers=(("retry-after", str(SECONDS_UNTIL_OUTBOX)),),
)
NO_ROOM = error(
    429,
    "GENERAL",
    "This process holds as many events as it can: send the same ones again.",
    headers=(("retry-after", str(SECONDS_UNTIL_ROOM)),),
)
AWAY = unavailable("The events cannot be stored at the moment: send the same ones again.", SECONDS_UNTIL_DATABASE)
TOO_SLOW = error(408, "GENERAL", f"The body was not here within {SECONDS_TO_SEND} s.")
NOT_GZIP = error(400, "PARSE_ERROR", "The body is not one whole member of gzip.")
NO_TYPE = unsupported(f"Send events as {JSON} or {NDJSON}.")
NO_ENCODING = unsupported("Send events as they are, or with gzip.")
FAILED = error(500, "GENERAL", "Internal error.")
OUTCOMES = {Outcome.AWAY: AWAY, Outcome.GONE: unauthorized(), Outcome.FAILED: FAILED}


@dataclass(slots=True)
class IntakeDoor:
    """One process's intake of events. All of it but the reading runs on the loop."""

    writer: IntakeWriter
    room: Room = field(default_factory=Room)
    reader: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1, "intake-reader"))
    """One thread: what one batch takes in memory while it is read, several would take at once."""

    async def answer(self, scope: Scope, proto: HTTPProtocol, environment_id: int, *, client: bool) -> Response:
        """Take a batch for an environment, whose key has been looked at."""
        if refused := self._refused(scope):
            return refused
        declared = scope.headers.get("content-length")
        size = MAX_SENT if declared is None else int(declared)
        if size > MAX_SENT:
            return too_large()
        place = self.room.take(size, client=client)
        if place is None:
            return NO_ROOM
        try:
            return await self._take(scope, proto, environment_id, place)
        except TooLarge:
            return too_large()
        except NotGzip:
            return NOT_GZIP
        except UnreadablePayload as refusal:
            return error(400, refusal.problem.code, refusal.problem.message)
        finally:
            place.give_back()

    def _refused(self, scope: Scope) -> Response | None:
        """What can be said before anything of the body is here."""
        if media_type_of(scope.headers) is None:
            return NO_TYPE
        if is_packed(scope.headers) is None:
            return NO_ENCODING
        if not self.writer.reachable:
            return AWAY
        return FULL if self.writer.full else None

    async def _take(self, scope: Scope, proto: HTTPProtocol, environment_id: int, place: Place) -> Response:
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                body = await read_body(scope, proto, MAX_SENT)
        except TimeoutError:
            return TOO_SLOW
        if len(body) > MAX_SENT:
            raise TooLarge
        media_type, packed = media_type_of(scope.headers) or JSON, bool(is_packed(scope.headers))
        reading = partial(_read, body, media_type, packed=packed, received_at_us=time.time_ns() // 1_000)
        if len(body) <= SMALL and not packed:
            batch, answer = reading()
        else:
            batch, answer = await asyncio.get_running_loop().run_in_executor(self.reader, reading)
        if not batch.events:
            return answer
        given = Given(environment_id, batch)
        if not place.resize(given.size):
            return NO_ROOM
        outcome = await self.writer.write(given)
        return OUTCOMES.get(outcome, answer)


def _read(body: bytes, media_type: str, *, packed: bool, received_at_us: int) -> tuple[Batch, Response]:
    """The batch, and what is answered once it is stored."""
    payload = unpack(body, MAX_UNPACKED[media_type]) if packed else body
    batch = read_batch(payload, media_type, received_at_us=received_at_us)
    told = {"accepted": batch.events, "rejected": [rejected._asdict() for rejected in batch.rejected]}
    return batch, Response(200, (IN_JSON,), orjson.dumps(told))
