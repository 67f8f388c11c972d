"""Measures how fast the outbox is moved into each warehouse. Writes no report."""

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cells import WrongAnswer
from benchmarks.engines import ENGINES
from benchmarks.events.ingestion import empty_outbox
from benchmarks.events.world import EventsWorld
from benchmarks.saying import say
from benchmarks.subprocesses import told_by

EVENTS = 1_000_000
SIZES = (1, 100, 1_000)
OF_SINGLE_EVENTS = 100_000
"""In batches of one, they would take longer to put into the outbox than to move."""


@dataclass(frozen=True, slots=True)
class MovingRow:
    """What came of one outbox: ``database`` is the part of the seconds that PostgreSQL took; ``peak`` is in bytes."""

    engine: str
    size: int
    events: int
    blocks: int
    statements: int
    seconds: float
    database: float
    peak: float


def moving_rows(folder: Path, world: EventsWorld, options: Namespace) -> list[MovingRow]:
    """Each engine with each size of batch, in some rounds."""
    rows, first = [], 0
    for engine in ENGINES:
        for size in SIZES:
            count = min(EVENTS, options.events) if size > 1 else min(OF_SINGLE_EVENTS, options.events)
            found = []
            for number in range(options.rounds):
                empty_outbox()
                place = folder / f"moved-{engine}-{size}-{number}"
                facts = (engine, place, world.environment.pk, count, size, first)
                told = told_by("benchmarks.events.mover", *map(str, facts))
                first += count
                if (told["stored"], told["left"]) != (count, 0):
                    raise WrongAnswer(f"{engine}: of {count} events {told['stored']} were stored, {told['left']} wait")
                found.append(told)
            rows.append(
                MovingRow(
                    engine,
                    size,
                    count,
                    found[0]["blocks"],
                    found[0]["statements"],
                    median(told["seconds"] for told in found),
                    median(told["database"] for told in found),
                    max(told["peak"] for told in found),
                )
            )
            say(f"moving: {rows[-1]}")
    return rows
