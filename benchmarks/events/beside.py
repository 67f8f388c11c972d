"""Measures one flag's evaluation while events come in at a steady rate into the same process. Writes no report."""

import contextlib
import http.client
import json
import threading
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cells import Cell, Measured, WrongAnswer, median_of
from benchmarks.events.bodies import bodies
from benchmarks.events.ingestion import ONE_WORKER, PATH
from benchmarks.events.world import EventsWorld
from benchmarks.load import GENERATORS
from benchmarks.saying import say
from benchmarks.servers import Running, serving

CONNECTIONS = 32
RATES = ((1_000, 1), (10_000, 100), (50_000, 1_000))
"""Events a second, and the size of the batches that they come in."""

SENDERS = 16
"""Enough of them for the highest rate, while each waits for its answer."""

UNITS = 1_000


@dataclass(frozen=True, slots=True)
class BesideRow:
    """The evaluations, and the events that came in meanwhile: into the same process, or into the bare server."""

    name: str
    found: Measured
    events_per_second: float


@dataclass
class Steady:
    """What the steady senders have done."""

    accepted: int = 0
    failures: list[str] = field(default_factory=list)


def beside_rows(folder: Path, world: EventsWorld, options: Namespace) -> list[BesideRow]:
    """Alone; then at each rate, with the events sent to a server that knows one answer, and to this one."""
    rows = []
    with (
        serving("benchmarks.bare", folder / "beside-bare.log", BARE="reading", **ONE_WORKER) as bare,
        serving("server.serving", folder / "beside.log", **ONE_WORKER) as server,
    ):
        rows.append(_row("nothing beside them", world, server, None, (0, 1), options))
        for rate, size in RATES:
            said = f"{rate:,} events/s in batches of {size:,}"
            rows.append(_row(f"{said}, to the bare server", world, server, bare, (rate, size), options))
            rows.append(_row(f"{said}, to the same process", world, server, server, (rate, size), options))
    return rows


def _row(
    name: str, world: EventsWorld, server: Running, target: Running | None, load: tuple[int, int], options: Namespace
) -> BesideRow:
    rate, size = load
    found, events, seconds = [], 0, 0.0
    for _ in range(options.rounds):
        started = time.monotonic()
        with _steady(target, world.key, bodies(size), rate / size, size) as sent:
            answered = GENERATORS[options.load](_evaluations(server, world, options.seconds))
        seconds += time.monotonic() - started
        events += sent.accepted
        found.append(Measured(answered.answered / answered.seconds, answered.p50, answered.p99))
    row = BesideRow(name, median_of(found), events / seconds)
    say(f"one flag, {row}")
    return row


def _evaluations(server: Running, world: EventsWorld, seconds: float) -> Cell:
    asked = [json.dumps({"context": {"targetingKey": f"customer-{number}"}}).encode() for number in range(UNITS)]
    path = f"/ofrep/v1/evaluate/flags/{world.flag}"
    return Cell(server.port, world.key, asked, ('"variant":"',), CONNECTIONS, seconds, path=path)


@contextlib.contextmanager
def _steady(
    target: Running | None, key: str, batches: Sequence[bytes], per_second: float, size: int
) -> Iterator[Steady]:
    """Send so many batches a second while the block runs; later where the server is slower than that.

    Raises:
        WrongAnswer: one was not taken.
    """
    steady, stop = Steady(), threading.Event()
    if target is None:
        yield steady
        return

    def send(sender: int) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        started, number = time.perf_counter(), sender
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)) as caller:
            while not stop.wait(max(0.0, started + number / per_second - time.perf_counter())):
                caller.request("POST", PATH, batches[number % len(batches)], headers)
                response = caller.getresponse()
                answer = response.read()
                if response.status != 200:
                    steady.failures.append(f"{response.status} {answer!r}")
                    return
                steady.accepted += size
                number += SENDERS

    senders = [threading.Thread(target=send, args=[number]) for number in range(SENDERS)]
    for thread in senders:
        thread.start()
    try:
        yield steady
    finally:
        stop.set()
        for thread in senders:
            thread.join()
    if steady.failures:
        raise WrongAnswer(f"beside evaluations: {steady.failures[0]}")
