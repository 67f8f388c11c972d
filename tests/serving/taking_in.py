"""Sends events to a process without a server, and keeps in memory what it stores. Asserts nothing."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError

from server.accounts.keys import digest_of
from server.evaluation.outcomes import Evaluation, Reason
from server.serving.app import FlagServing
from server.serving.follower import Follower
from server.serving.intake_door import IntakeDoor
from server.serving.intake_exposures import ExposureBuffer
from server.serving.intake_store import Given
from server.serving.intake_writer import IntakeWriter
from server.serving.keys import Key, KeyRing
from server.serving.store import Store
from tests.serving.documents import document
from tests.serving.exchange import Exchange, GivenHeaders, GivenScope
from tests.serving.test_follower import Table

SERVER, CLIENT, ELSEWHERE = "fss_server", "fsc_client", "fss_elsewhere"
SHOP = "https://shop.example"
EVENTS = "/v1/events"
GONE = 3
BLUE = Evaluation("button", "blue", "blue", Reason.SPLIT, experiment="colours", phase=2, in_experiment=True)


class Outbox:
    """A store that keeps what it is given in memory: each entry was stored together."""

    def __init__(self) -> None:
        self.stored: list[list[tuple[int, list[Any]]]] = []
        self.problem: Exception | None = None
        """Of everything."""

        self.bug: Exception | None = None
        """Of storing alone."""

        self.full = False
        self.seconds = 0.0
        self.looks = 0

    def store(self, given: Sequence[Given]) -> None:
        time.sleep(self.seconds)
        for problem in (self.problem, self.bug):
            if problem is not None:
                raise problem
        if any(one.environment_id == GONE for one in given):
            raise IntegrityError("violates foreign key constraint")
        self.stored.append([(one.environment_id, events_of(one)) for one in given])

    def is_full(self) -> bool:
        self.looks += 1
        if self.problem is not None:
            raise self.problem
        return self.full

    def close(self) -> None:
        pass

    @property
    def ids(self) -> list[str]:
        return [event["event_id"] for together in self.stored for _, events in together for event in events]


def events_of(given: Given) -> list[Any]:
    return [json.loads(line) for line in given.batch.lines.split(b"\n")]


def event(event_id: str = "e-1", **fields: Any) -> dict[str, Any]:
    return {"type": "event", "id": event_id, "targetingKey": "user-1", "name": "purchase", **fields}


def batch(*events: Any) -> bytes:
    return json.dumps({"events": events}).encode()


def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers look after everything twenty times a second."""
    monkeypatch.setattr("server.serving.intake_writer.SECONDS_BETWEEN_LOOKS", 0.05)


@contextmanager
def serving_into(outbox: Outbox) -> Iterator[FlagServing]:
    """A process that takes events, without a server."""
    follower = Follower(Table(), Store(), KeyRing())
    keys = {SERVER: Key(1, client=False), CLIENT: Key(1, client=True), ELSEWHERE: Key(2, client=False)}
    keys["fss_gone"] = Key(GONE, client=False)
    follower.keys.replace({digest_of(text): key for text, key in keys.items()})
    for environment_id in (1, 2, GONE):
        follower.store.put(environment_id, document(42, environment_id), frozenset({SHOP}))
    follower.reachable = True
    follower.ready.set()
    door = IntakeDoor(IntakeWriter(outbox, ExposureBuffer()))
    door.writer.start()
    door.writer.looked.wait(5)
    try:
        yield FlagServing(follower, intake=door)
    finally:
        door.writer.stop()


def intake(serving: FlagServing) -> IntakeDoor:
    assert serving.intake is not None
    return serving.intake


def prepared(body: bytes, key: str | None = SERVER, query: str = "", **headers: str) -> tuple[GivenScope, Exchange]:
    given = {"content-type": "application/json", "content-length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        given["authorization"] = f"Bearer {key}"
    scope = GivenScope("POST", EVENTS, GivenHeaders({name: text for name, text in given.items() if text}), query)
    return scope, Exchange(body)


def send(serving: FlagServing, body: bytes, key: str | None = SERVER, query: str = "", **headers: str) -> Exchange:
    scope, exchange = prepared(body, key, query, **headers)
    asyncio.run(serving(scope, exchange))
    return exchange


def told(exchange: Exchange) -> Any:
    return json.loads(exchange.answered)


def together(serving: FlagServing, *sent: tuple[GivenScope, Exchange]) -> list[int]:
    """Send all of them at once, and give their statuses."""

    async def run() -> None:
        await asyncio.gather(*(serving(scope, exchange) for scope, exchange in sent))

    asyncio.run(run())
    return [exchange.status for _, exchange in sent]
