"""Measures the door for events with every size of batch and number of connections, and its floors. Writes no report."""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from django.db import connection

from benchmarks.cells import Cell, Measured, median_of
from benchmarks.events.bodies import bodies
from benchmarks.events.floor import copied
from benchmarks.events.world import EventsWorld
from benchmarks.load import GENERATORS, Load
from benchmarks.processors import processor_time
from benchmarks.saying import say
from benchmarks.servers import Running, serving

PATH = "/v1/events"
SIZES = (1, 100, 1_000)
CONNECTIONS = (1, 8, 32)
DOOR, BARE, COPY = "`POST /v1/events`", "bare server, once it has read the body", "bare `COPY`"
ONE_WORKER = {"WEB_CONCURRENCY": "1", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class IngestionRow:
    """What took batches of one size, at each number of connections; figures are of batches."""

    name: str
    size: int
    figures: Mapping[int, Measured]


def ingestion_rows(folder: Path, world: EventsWorld, options: Namespace) -> list[IngestionRow]:
    """The door, the bare server and the bare COPY, in turn in each round."""
    load = GENERATORS[options.load]
    figures: defaultdict[tuple[str, int], defaultdict[int, list[Measured]]]
    figures = defaultdict(lambda: defaultdict(list))
    with (
        serving("benchmarks.bare", folder / "events-bare.log", BARE="reading", **ONE_WORKER) as bare,
        serving("server.serving", folder / "events.log", **ONE_WORKER) as server,
    ):
        for _, size, connections in product(range(options.rounds), SIZES, CONNECTIONS):
            empty_outbox()
            door = _sent(server, world.key, size, connections, options.seconds, load, checked=True)
            empty_outbox()
            read = _sent(bare, world.key, size, connections, options.seconds, load, checked=False)
            found = {DOOR: door, BARE: read, COPY: copied(size, connections, options.seconds)}
            for name, measured in found.items():
                figures[name, size][connections].append(measured)
                say(f"{name}, batches of {size} at {connections}: {measured}")
    empty_outbox()
    return [
        IngestionRow(name, size, {connections: median_of(found) for connections, found in by_connections.items()})
        for (name, size), by_connections in sorted(figures.items(), key=lambda item: item[0][1])
    ]


def _sent(
    server: Running, key: str, size: int, connections: int, seconds: float, load: Load, *, checked: bool
) -> Measured:
    holds = (f'"accepted":{size},"rejected":[]',) if checked else ()
    cell = Cell(server.port, key, bodies(size), holds, connections, seconds, path=PATH)
    before = processor_time(server.pid)
    sent = load(cell)
    taken = processor_time(server.pid).since(before)
    return Measured(
        per_second=sent.answered / sent.seconds,
        p50=sent.p50,
        p99=sent.p99,
        server=taken.server / sent.answered * 1_000,
        database=taken.database / sent.answered * 1_000,
    )


def empty_outbox() -> None:
    """As every measurement begins."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_outboxbatch")
