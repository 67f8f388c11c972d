"""The command that asks one engine one thing about the large experiment, and tells the answer. Compares nothing."""

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django

django.setup()

from benchmarks.engines import CHDB, DUCKDB, ENGINES, chdb_client, opened  # noqa: E402 - they need the models
from benchmarks.results.data import files_of  # noqa: E402
from benchmarks.results.question import LOAD, LOOKBACK, OPENED, SCAN, question  # noqa: E402
from benchmarks.results.scans import CountingSession, scan  # noqa: E402
from benchmarks.subprocesses import tell  # noqa: E402
from server.warehouse.engine import Session, Warehouse  # noqa: E402
from server.warehouse.parquet.folder import Folder  # noqa: E402
from server.warehouse.questions.answers import ExperimentAnswer, Sums  # noqa: E402
from server.warehouse.questions.experiment import ask_experiment  # noqa: E402
from server.warehouse.sql import Dialect  # noqa: E402
from server.warehouse.tables import COLUMNS, NAMES, FileKind  # noqa: E402

DIALECTS = {DUCKDB: Dialect.DUCKDB, CHDB: Dialect.CLICKHOUSE}
SECONDS_TO_MERGE = 600


def main() -> None:
    """As the command line says: load, scan, or so many metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("environment", type=int)
    parser.add_argument("what", help=f"{LOAD} (into chdb, of the files below --files), {SCAN}, or a number of metrics")
    parser.add_argument("--files", type=Path)
    given = parser.parse_args()
    with opened(given.engine, given.folder) as warehouse:
        if given.what == LOAD:
            tell(_loaded(warehouse, given))
            return
        asked = question(given.environment, 0 if given.what == SCAN else int(given.what))
        started = time.perf_counter()
        with warehouse.session(given.environment, since=OPENED - LOOKBACK, until=asked.as_of) as session:
            if given.what == SCAN:
                tell({"rows": scan(session, given.environment), "seconds": time.perf_counter() - started})
                return
            counting = CountingSession(session, DIALECTS[given.engine])
            answer = ask_experiment(counting, asked)
            seconds = time.perf_counter() - started
        tell(
            {
                "seconds": seconds,
                "engine": session.engine,
                "reads": {kind.value: counting.reads(kind) for kind in FileKind},
                "answer": _figures(answer),
            }
        )


def _figures(answer: ExperimentAnswer) -> dict[str, Any]:
    """What engines have to agree on."""
    return {
        "quarantined": [counts.quarantined for counts in answer.counts],
        "arms": [
            {
                "variant": arm.variant,
                "units": arm.units,
                "metrics": [
                    [each.units, each.y, each.yy, each.y0] if isinstance(each, Sums) else list(asdict(each).values())
                    for each in arm.metrics
                ],
            }
            for arm in answer.arms
        ],
    }


def _loaded(warehouse: Warehouse, given: argparse.Namespace) -> dict[str, Any]:
    """The files' rows in ClickHouse's tables, merged as it does it by itself."""
    _made(warehouse, given.environment)
    with chdb_client(given.folder) as client:
        started = time.perf_counter()
        for kind in FileKind:
            columns = ", ".join(COLUMNS[kind])
            for file in files_of(Folder(given.files), kind, given.environment):
                source = str(file).replace("'", "\\'")
                client.command(
                    f"INSERT INTO {NAMES[kind]} ({columns}) SELECT {columns} FROM file('{source}', Parquet) "
                    "SETTINGS max_threads = 1, max_insert_threads = 1"
                )
        deadline = time.monotonic() + SECONDS_TO_MERGE
        while client.query("SELECT count() FROM system.merges").result_rows[0][0] and time.monotonic() < deadline:
            time.sleep(0.5)
        seconds = time.perf_counter() - started
        rows = {kind.value: client.query(f"SELECT count() FROM {NAMES[kind]}").result_rows[0][0] for kind in FileKind}
    return {"rows": rows, "seconds": seconds}


def _made(warehouse: Warehouse, environment_id: int) -> Session:
    """Whoever opens a session finds the tables there."""
    with warehouse.session(environment_id) as session:
        return session


if __name__ == "__main__":
    main()
