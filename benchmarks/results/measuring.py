"""Measures the results of experiments of several sizes on both engines; writes nothing but its report."""

import math
import shutil
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cells import WrongAnswer
from benchmarks.engines import CHDB, DUCKDB, ENGINES
from benchmarks.machine import machine, versions
from benchmarks.results.data import EVENTS_A_UNIT, EXPOSURES_A_UNIT, make_data
from benchmarks.results.question import LOAD, METRICS, SCAN
from benchmarks.results.report import LARGE, ResultsReport, Row
from benchmarks.saying import say
from benchmarks.subprocesses import told_by
from benchmarks.world import FILLER, NOW
from server.accounts.models import Organisation
from server.projects.models import Versioning
from server.projects.services.create_project import create_project
from server.versioning.services.create_environment import create_environment
from server.warehouse.parquet.folder import Folder

SIZES = (1_000_000, 10_000_000)
ROUNDS_OF_LARGE = 1
ALL = len(METRICS)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one size of experiment is: its environment, and each engine's folder."""

    environment: int
    folders: Mapping[str, Path]


def measure_results(folder: Path, options: Namespace) -> ResultsReport:
    """One size after the other; the data of one is gone before the next one's is made."""
    sizes = [min(size, options.events) for size in SIZES] + ([LARGE] if options.large else [])
    rows: list[Row] = []
    for size in dict.fromkeys(sizes):
        place = _made(folder / f"results-{size}", size)
        rounds = ROUNDS_OF_LARGE if size == LARGE else options.rounds
        found = {engine: _row(engine, place, size, rounds) for engine in ENGINES}
        rows += found.values()
        refuse_different(found[DUCKDB], found[CHDB])
        shutil.rmtree(folder / f"results-{size}")
    return ResultsReport(
        machine=machine(),
        versions=versions(options.load),
        day=datetime.now(UTC).date(),
        rounds=options.rounds,
        rows=rows,
    )


def _made(folder: Path, events: int) -> Place:
    organisation = Organisation.objects.create(name=f"Results of {events}", created_at=NOW)
    project = create_project(organisation_id=organisation.pk, name="Shop", author=FILLER, now=NOW)
    environment = create_environment(
        project_id=project.pk, name="production", versioning=Versioning.V2, author=FILLER, now=NOW
    )
    files = folder / "files"
    make_data(Folder(files), environment_id=environment.pk, events=events)
    say(f"{events:,} events written")
    place = Place(environment.pk, {DUCKDB: files, CHDB: folder / "chdb"})
    loaded = _told(CHDB, place, LOAD, "--files", str(files))
    expected = {"EVENT": events, "EXPOSURE": events // EVENTS_A_UNIT * EXPOSURES_A_UNIT}
    if loaded["rows"] != expected:
        raise WrongAnswer(f"chdb has {loaded['rows']}, and not {expected}")
    say(f"{events:,} events loaded into chdb in {loaded['seconds']:.0f} s")
    return place


def _row(engine: str, place: Place, events: int, rounds: int) -> Row:
    scans, ones, alls = [], [], []
    for _ in range(rounds):
        scans.append(_told(engine, place, SCAN))
        ones.append(_told(engine, place, "1"))
        alls.append(_told(engine, place, str(ALL)))
    row = Row(
        engine=engine,
        version=alls[0]["engine"],
        events=events,
        scanned=scans[0]["rows"],
        scan=median(each["seconds"] for each in scans),
        one=median(each["seconds"] for each in ones),
        every=median(each["seconds"] for each in alls),
        reads_of_one=ones[0]["reads"]["EVENT"],
        reads_of_every=alls[0]["reads"]["EVENT"],
        peak=max(each["peak"] for each in alls),
        answer=alls[0]["answer"],
    )
    say(
        f"{engine}, {events:,} events: scan {row.scan:.2f} s, 1 metric {row.one:.2f} s, {ALL} {row.every:.2f} s, "
        f"{row.peak / 1e6:.0f} MB"
    )
    return row


def _told(engine: str, place: Place, what: str, *more: str) -> dict[str, Any]:
    return told_by("benchmarks.results.asking", engine, str(place.folders[engine]), str(place.environment), what, *more)


def refuse_different(one: Row, other: Row) -> None:
    """Engines agree on counts, and on sums as far as the order of adding goes; else no figure stands on them."""
    if one.scanned != other.scanned or not _same(one.answer, other.answer):
        raise WrongAnswer(f"the engines differ: {one.answer} and {other.answer}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)
