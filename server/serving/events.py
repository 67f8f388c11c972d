"""`GET /v1/events`: tells clients that an environment's revision changed, as server-sent events; it sends no flags.

A stream is a coroutine that sleeps, not a thread. Each message says `refetchEvaluation`,
as the OpenFeature protocol has it, and the revision. A stream ends after an hour, and the
client comes back: so one that reads nothing can pile up only so much. It ends with the key
that opened it, too.

Client-side keys are public: all of them together have half of the places, so that whoever
copies one out of a page cannot keep an application's servers from listening.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from server.serving.messages import Headers
from server.serving.rsgi import HTTPProtocol, Transport

MOST_STREAMS = 1_000
"""Of one process, unless it is told otherwise."""

SECONDS_BETWEEN_HEARTBEATS = 15
SECONDS_TO_LIVE = 3_600
HEARTBEAT = b":\n\n"
COME_BACK = b"retry: 2000\n"

HEADERS: Headers = (
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store"),
    ("x-accel-buffering", "no"),  # a proxy that collects an answer would keep it for ever
)


def message(revision: int) -> bytes:
    """One event, which no `EventSource` misses: it has no name of its own."""
    data = orjson.dumps({"type": "refetchEvaluation", "revision": revision})
    return b"id: %d\ndata: %b\n\n" % (revision, data)


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom a stream is for: where from, with which kind of key, and whether and until when that is in force."""

    environment_id: int
    client: bool = False
    in_force: Callable[[], bool] = lambda: True
    seconds_in_force: float = math.inf


@dataclass(eq=False, slots=True)
class Stream:
    """One client that listens."""

    transport: Transport
    listener: Listener
    ended: asyncio.Future[None]

    def end(self) -> None:
        """Let the client go."""
        if not self.ended.done():
            self.ended.set_result(None)


@dataclass(slots=True)
class EventStreams:
    """The streams of one process. All of it runs on the loop that serves."""

    most: int = MOST_STREAMS
    streams: dict[int, set[Stream]] = field(default_factory=dict)
    count: int = 0
    count_of_clients: int = 0
    """Those of client-side keys among them."""

    closed: bool = False
    _heart: asyncio.TimerHandle | None = None

    def has_room(self, *, client: bool) -> bool:
        """Whether there is a place for one more with this kind of key."""
        return not self.closed and self.count < self.most and not (client and self.count_of_clients >= self.most // 2)

    async def serve(
        self, proto: HTTPProtocol, headers: Headers, listener: Listener, *, revision: int, last_seen: str | None
    ) -> None:
        """Stream to one client until it leaves, it or its key has lived long enough, or the process stops.

        It hears at once of the revision that is served, unless that is what it heard of last:
        what changed while it was on its way is not lost.
        """
        loop = asyncio.get_running_loop()
        stream = Stream(proto.response_stream(200, list(headers)), listener, loop.create_future())
        stream.transport.send_bytes(COME_BACK + (HEARTBEAT if last_seen == str(revision) else message(revision)))
        self.streams.setdefault(listener.environment_id, set()).add(stream)
        self.count += 1
        self.count_of_clients += listener.client
        self._heart = self._heart or loop.call_later(SECONDS_BETWEEN_HEARTBEATS, self._beat, loop)
        left = asyncio.ensure_future(_leaving(proto))
        seconds = min(SECONDS_TO_LIVE, max(0.0, listener.seconds_in_force))
        if not listener.in_force():  # revoked while it was on its way here
            stream.end()
        try:
            await asyncio.wait({left, stream.ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            self.count -= 1
            self.count_of_clients -= listener.client
            self.streams[listener.environment_id].discard(stream)
            if not self.streams[listener.environment_id]:
                del self.streams[listener.environment_id]

    def announce(self, environment_id: int, revision: int) -> None:
        """Tell everyone who listens to the environment."""
        told = message(revision)
        for stream in self.streams.get(environment_id, ()):
            stream.transport.send_bytes(told)

    def end_without_key(self) -> None:
        """End the streams whose key is in force no more: there are other keys now."""
        for streams in self.streams.values():
            for stream in streams:
                if not stream.listener.in_force():
                    stream.end()

    def close(self) -> None:
        """End every stream, and begin no other one."""
        self.closed = True
        if self._heart is not None:
            self._heart.cancel()
        for streams in self.streams.values():
            for stream in streams:
                stream.end()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Keep proxies from thinking that a stream is dead, and find out which ones are."""
        for streams in self.streams.values():
            for stream in streams:
                stream.transport.send_bytes(HEARTBEAT)
        self._heart = loop.call_later(SECONDS_BETWEEN_HEARTBEATS, self._beat, loop) if self.count else None


async def _leaving(proto: HTTPProtocol) -> None:
    await proto.client_disconnect()
