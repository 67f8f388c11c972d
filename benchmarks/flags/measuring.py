"""Measures the serving of flags, by one process; knows no goal, and writes nothing but its report."""

import sys
import time
from argparse import Namespace
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from benchmarks.cells import Cell, Measured, median_of
from benchmarks.flags.asking import bare_cell, cell
from benchmarks.flags.engine import engine_rows
from benchmarks.flags.memory import memory_of
from benchmarks.flags.questions import Question, questions
from benchmarks.flags.report import BARE, COMBINED, DEDICATED, READING, FlagsReport, Row, WriterRow
from benchmarks.flags.world import NOW, FlagsWorld, Served, fill_flags
from benchmarks.flags.writing import Published, writing
from benchmarks.load import GENERATORS, Load
from benchmarks.machine import machine, versions
from benchmarks.processors import processor_time
from benchmarks.servers import Running, serving
from server.accounts.services.create_owner import create_owner

SIZES = (10, 100, 500)
ENVIRONMENTS = 20
WITH_WRITER = (100, 500)
SECONDS_IDLE = 5
ONE_WORKER = {"WEB_CONCURRENCY": "1", "LOG_LEVEL": "WARNING"}

Figures = defaultdict[tuple[str, str], list[Measured]]


def measure_flags(folder: Path, options: Namespace) -> FlagsReport:
    """Fill environments, serve them, and measure."""
    started = time.monotonic()
    world = _fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _say(f"filled in {time.monotonic() - started:.0f} s")
    load = GENERATORS[options.load]
    asked = questions(world)
    engine = engine_rows(list(world.served.values()))
    figures = _requests(folder, asked, load, options)
    writers = [
        row
        for size in WITH_WRITER
        if size in world.served
        for row in _beside_writer(folder, world, size, load, options)
    ]
    with serving("server.serving", folder / "memory.log", **ONE_WORKER) as server:
        memory = memory_of(server, world.crowd)
    _say(f"flags done in {time.monotonic() - started:.0f} s")
    return FlagsReport(
        machine=machine(),
        versions=versions(options.load),
        day=datetime.now(UTC).date(),
        rounds=options.rounds,
        seconds=options.seconds,
        rows=[Row(server, name, median_of(found), _question(asked, name)) for (server, name), found in figures.items()],
        writers=writers,
        engine=engine,
        memory=memory,
    )


def _fill() -> FlagsWorld:
    _, organisation = create_owner(
        email="flags@example.test", name="Owner", password="twelve-plum-tram", organisation_name="Flags", now=NOW
    )
    return fill_flags(organisation, SIZES, environments=ENVIRONMENTS)


def _requests(folder: Path, asked: list[Question], load: Load, options: Namespace) -> Figures:
    """The bare server, a process of its own, and the one of `make run`, in turn."""
    figures: Figures = defaultdict(list)
    with (
        serving("benchmarks.bare", folder / "bare.log", **ONE_WORKER) as bare,
        serving("benchmarks.bare", folder / "reading.log", BARE="reading", **ONE_WORKER) as reading,
        serving("server.serving", folder / "dedicated.log", **ONE_WORKER) as dedicated,
        serving("server.web.run", folder / "combined.log", **ONE_WORKER) as combined,
    ):
        for _ in range(options.rounds):
            for name, server in ((BARE, bare), (READING, reading)):
                sent = bare_cell(server.port, asked[0], options.seconds)
                figures[name, name].append(_measured(sent, server, load))
            for name, server in ((DEDICATED, dedicated), (COMBINED, combined)):
                for question in asked:
                    sent = cell(server.port, question, options.seconds)
                    figures[name, question.name].append(_measured(sent, server, load))
                    _say(f"{name}, {question.name}: {figures[name, question.name][-1]}")
    return figures


def _beside_writer(folder: Path, world: FlagsWorld, size: int, load: Load, options: Namespace) -> list[WriterRow]:
    """The bare server, one flag, and all of them, while versions are published; then how soon without any load."""
    served = world.served[size]
    rows = []
    with (
        serving("benchmarks.bare", folder / "bare.log", **ONE_WORKER) as bare,
        serving("server.serving", folder / "writer.log", **ONE_WORKER) as server,
    ):
        constant, one, every = Question(BARE, served, "/", 0), *_of(served)
        for question in (constant, one, every):
            found, published = [], list[Published]()
            for _ in range(options.rounds):
                if question is constant:
                    target, sent = bare, bare_cell(bare.port, question, options.seconds)
                else:
                    target, sent = server, cell(server.port, question, options.seconds)
                with writing(served, server.port) as written:
                    found.append(_measured(sent, target, load))
                published.append(written)
            rows.append(WriterRow.of(question, median_of(found), published))
            _say(f"beside a writer, {question.name}: {rows[-1]}")
        with writing(served, server.port) as written:
            time.sleep(SECONDS_IDLE)
        rows.append(WriterRow.of(Question("nothing else is asked", served, "", 0), None, [written]))
    return rows


def _of(served: Served) -> list[Question]:
    """One flag that is not written, and all of them."""
    one, *_, every = questions(FlagsWorld({served.flags: served}, []))[:4]
    return [one, every]


def _measured(sent: Cell, server: Running, load: Load) -> Measured:
    before = processor_time(server.pid)
    found = load(sent)
    taken = processor_time(server.pid).since(before)
    return Measured(
        per_second=found.answered / found.seconds,
        p50=found.p50,
        p99=found.p99,
        server=taken.server / found.answered * 1_000,
        database=taken.database / found.answered * 1_000,
    )


def _question(asked: list[Question], name: str) -> Question | None:
    return next((question for question in asked if question.name == name), None)


def _say(line: str) -> None:
    sys.stderr.write(f"benchmarks: {line}\n")
    sys.stderr.flush()
