"""Measures every operation at every number of connections, some rounds of all; knows no operation by name."""

import sys
import time
from argparse import Namespace
from collections import defaultdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from django.db import connection

from benchmarks.cells import Cell, Measured, median_of
from benchmarks.load import GENERATORS, Load
from benchmarks.machine import machine, versions
from benchmarks.operations import CONNECTIONS, Operation, operations
from benchmarks.processors import processor_time
from benchmarks.report import Report, Row
from benchmarks.servers import serving
from benchmarks.statements import Statements, statements_of
from benchmarks.world import World, fill

Figures = defaultdict[tuple[str, int], list[Measured]]

FIRST_GUESS = 300  # requests a second that nothing of what cannot be sent twice exceeds at first


def measure(folder: Path, options: Namespace) -> Report:
    """Fill the database, start the servers, and measure."""
    started = time.monotonic()
    world = fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    chosen = [o for o in operations(world) if o.is_floor or options.only in o.name]
    counted = {o.name: _statements(o, world) for o in chosen if not o.is_floor}
    _say(f"filled in {time.monotonic() - started:.0f} s")
    figures: Figures = defaultdict(list)
    with (
        serving("server.web.run", folder / "server.log") as server,
        serving("benchmarks.bare", folder / "bare.log") as bare,
    ):
        # All cells in each round: a slow minute of the machine does not fall on one of them alone.
        for _ in range(options.rounds):
            for operation, connections in product(chosen, CONNECTIONS):
                found = figures[operation.name, connections]
                target = bare if operation.is_bare else server
                cell = _cell(operation, world.key, target.port, connections, found, options.seconds)
                found.append(_measured(cell, operation, target.pid, GENERATORS[options.load]))
                _say(f"{operation.name} at {connections}: {found[-1]}")
    _say(f"operations done in {time.monotonic() - started:.0f} s")
    return Report(
        machine=machine(),
        versions=versions(options.load),
        day=datetime.now(UTC).date(),
        rounds=options.rounds,
        seconds=options.seconds,
        rows=[Row(o, {n: median_of(figures[o.name, n]) for n in CONNECTIONS}, counted.get(o.name)) for o in chosen],
    )


def _statements(operation: Operation, world: World) -> Statements:
    """Of the second request: the first notes that the key is in use."""
    first, second = (operation.source.at_least(2) * 2)[:2]
    operation.source.sent(2)
    statements_of(first, key=world.key, holds=operation.holds)
    return statements_of(second, key=world.key, holds=operation.holds)


def _cell(operation: Operation, key: str, port: int, connections: int, before: list[Measured], seconds: int) -> Cell:
    fastest = max([m.per_second for m in before], default=FIRST_GUESS)
    return Cell(
        port=port,
        key=key,
        bodies=operation.source.at_least(round(fastest * 3 * seconds)),
        holds=operation.holds,
        connections=connections,
        seconds=seconds,
        wraps=operation.wraps,
    )


def _measured(cell: Cell, operation: Operation, pid: int, load: Load) -> Measured:
    before = processor_time(pid)
    sent = load(cell)
    taken = processor_time(pid).since(before)
    operation.source.sent(sent.sent)
    return Measured(
        per_second=sent.answered / sent.seconds,
        p50=sent.p50,
        p99=sent.p99,
        server=taken.server / sent.answered * 1_000,
        database=taken.database / sent.answered * 1_000,
    )


def _say(line: str) -> None:
    sys.stderr.write(f"benchmarks: {line}\n")
    sys.stderr.flush()
