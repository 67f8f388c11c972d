"""The RSGI application that serves flags: finds key and environment in memory, and calls the door; it knows no SQL.

It runs on one thread, the loop's. All that it does there takes microseconds; what takes
longer (loading an environment for the first time, writing a snapshot) another thread does, and
nobody is held up.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from server.serving.bodies import Gone, TooLarge, read_body
from server.serving.callers import Caller, caller_of, listener_of
from server.serving.cors import PREFLIGHT, origin_allowed, readable_by, readable_by_all
from server.serving.events import HEADERS as EVENT_HEADERS
from server.serving.events import EventStreams, Listener
from server.serving.follower import Follower
from server.serving.health import readiness
from server.serving.intake_door import EVENTS_NOT_TAKEN, IntakeDoor
from server.serving.keys import Key, KeyRing
from server.serving.messages import Request, Response
from server.serving.ofrep import FLAGS_PATH, evaluate_flag, evaluate_flags
from server.serving.ofrep_answers import Met
from server.serving.ofrep_context import MAX_BODY
from server.serving.ofrep_errors import (
    error,
    origin_not_allowed,
    too_large,
    too_many_requests,
    unauthorized,
    unavailable,
)
from server.serving.rate_limit import RateLimit
from server.serving.rsgi import HTTPProtocol, Scope
from server.serving.snapshot_door import Snapshot, glance, written
from server.serving.store import Served

ONE_FLAG = FLAGS_PATH + "/"
SNAPSHOT_PATH = "/v1/snapshot"
EVENTS_PATH = "/v1/events"
READY_PATH = "/v1/ready"
METHODS = {SNAPSHOT_PATH: ("GET",), EVENTS_PATH: ("GET", "POST")}
"""Every other path is asked by POST."""
PREFIXES = ("/ofrep/", "/v1/")
"""Whatever is below is answered here."""

SECONDS_TO_LOAD = 10
STALE = "fairsplit-stale"
"""Says that nobody vouches for the answer being the newest, and since how many seconds."""

NOT_FOUND = error(404, "GENERAL", "There is nothing at this path.")
STARTING = unavailable("The process has not reached its database yet.")
FAILED = readable_by_all(error(500, "GENERAL", "Internal error."))

logger = logging.getLogger("fairsplit.serving")


class Refused(Exception):
    """The request goes no further: here is its answer, without what makes it readable to pages."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(slots=True)
class FlagServing:
    """One process's serving of flags."""

    follower: Follower
    limit: RateLimit | None = None
    events: EventStreams = field(default_factory=EventStreams)
    intake: IntakeDoor | None = None
    """None where the warehouse is somebody else's, and takes no events from here."""

    writer: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1, "snapshots"))
    """One thread: who asks for what is being written gets what was written."""

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request to a path below `PREFIXES`."""
        try:
            response = await self._answer(scope, proto)
        except Refused as refused:
            response = readable_by_all(refused.response)
        except Gone:
            response = readable_by_all(error(400, "PARSE_ERROR", "The body ended too early."))
        except Exception:
            logger.exception("serving flags failed at %s %s", scope.method, scope.path)
            response = FAILED
        if response is not None:
            send(proto, response)

    async def _answer(self, scope: Scope, proto: HTTPProtocol) -> Response | None:
        """The answer, or None where it was streamed."""
        path = scope.path
        if path == READY_PATH:
            return readiness(self.follower, self.intake)
        if not (path == FLAGS_PATH or path.startswith(ONE_FLAG) or path in METHODS):
            raise Refused(NOT_FOUND)
        if scope.method == "OPTIONS":
            return PREFLIGHT
        caller = self._caller(scope)
        served = self.follower.store.get(caller.key.environment_id) or await self._load(caller.key)
        origin = scope.headers.get("origin") if caller.key.client else None
        if not origin_allowed(origin, served.allowed_origins):
            raise Refused(origin_not_allowed(origin or ""))
        if scope.method not in METHODS.get(path, ("POST",)):
            raise Refused(method_not_allowed(METHODS.get(path, ("POST",))))
        if path == EVENTS_PATH and scope.method == "POST":
            return readable_by(origin, await self._take(scope, proto, caller))
        if path == EVENTS_PATH:
            await self._stream(scope, proto, caller, served.revision, origin)
            return None
        if path == SNAPSHOT_PATH:
            response = await self._snapshot(served.snapshot, _request(scope), client=caller.key.client)
        else:
            response = await self._evaluate(scope, proto, caller)
        stale = self.follower.stale_seconds()
        if stale is not None:
            response = response._replace(headers=(*response.headers, (STALE, str(stale))))
        return readable_by(origin, response)

    async def _evaluate(self, scope: Scope, proto: HTTPProtocol, caller: Caller) -> Response:
        try:
            request = _request(scope, await read_body(scope, proto, MAX_BODY))
        except TooLarge:
            return too_large()
        client = caller.key.client
        served = self.follower.store.get(caller.key.environment_id)  # the newest, now that the body is here
        if served is None:
            raise Refused(unauthorized())
        if request.path == FLAGS_PATH:
            uri = f"{EVENTS_PATH}?key={caller.token}" if client else None
            return evaluate_flags(served.answers, request, client=client, events_uri=uri)
        met: Met | None = None
        if served.record_exposures and self.intake is not None:
            met = partial(self.intake.writer.exposures.note, caller.key.environment_id)
        return evaluate_flag(served.answers, request, key=request.path[len(ONE_FLAG) :], client=client, met=met)

    async def _snapshot(self, held: Snapshot, request: Request, *, client: bool) -> Response:
        short = glance(held, request, client=client)
        if short is not None:
            return short
        return await asyncio.get_running_loop().run_in_executor(self.writer, written, held, request)

    async def _take(self, scope: Scope, proto: HTTPProtocol, caller: Caller) -> Response:
        if self.intake is None:
            raise Refused(EVENTS_NOT_TAKEN)
        return await self.intake.answer(scope, proto, caller.key.environment_id, client=caller.key.client)

    async def _stream(
        self, scope: Scope, proto: HTTPProtocol, caller: Caller, revision: int, origin: str | None
    ) -> None:
        if not self.events.has_room(client=caller.key.client):
            raise Refused(unavailable("This process has as many event streams as it takes.", seconds=30))
        headers = readable_by(origin, Response(200, EVENT_HEADERS)).headers
        last_seen = scope.headers.get("last-event-id")
        listener = listener_with(caller, self.follower.keys)
        await self.events.serve(proto, headers, listener, revision=revision, last_seen=last_seen)

    def _caller(self, scope: Scope) -> Caller:
        now = time.time()
        caller = caller_of(scope.headers, self.follower.keys, now)
        if caller is None and scope.path == EVENTS_PATH:
            caller = listener_of(scope, self.follower.keys, now)
        if caller is None:
            raise Refused(unauthorized() if self.follower.ready.is_set() else STARTING)
        if self.limit is not None and (seconds := self.limit.seconds_to_wait(caller.token, time.monotonic())):
            raise Refused(too_many_requests(seconds))
        return caller

    async def _load(self, key: Key) -> Served:
        """An environment that this process has not served before."""
        wanted = asyncio.wrap_future(self.follower.want(key.environment_id))
        await asyncio.wait({wanted}, timeout=SECONDS_TO_LOAD)
        served = self.follower.store.get(key.environment_id)
        if served is None:
            raise Refused(unavailable("The environment cannot be loaded at the moment."))
        return served


def listener_with(caller: Caller, keys: KeyRing) -> Listener:
    """Who listens with a key, for as long as that is in force."""
    key = caller.key
    return Listener(
        environment_id=key.environment_id,
        client=key.client,
        in_force=lambda: keys.find(caller.token, time.time()) is not None,
        seconds_in_force=math.inf if key.expires_at is None else key.expires_at - time.time(),
    )


def method_not_allowed(methods: Sequence[str]) -> Response:
    """There is something at this path, for other methods."""
    return error(
        405, "GENERAL", f"This path answers {' and '.join(methods)}.", headers=(("allow", ", ".join(methods)),)
    )


def _request(scope: Scope, body: bytes = b"") -> Request:
    """The request as the doors know it."""
    return Request(scope.method, scope.path, cast(Mapping[str, str], scope.headers), body, scope.query_string)


def send(proto: HTTPProtocol, response: Response) -> None:
    """Send an answer whole: head and body leave together."""
    proto.response_bytes(response.status, list(response.headers), response.body)
