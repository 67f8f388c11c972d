"""The floor of ingestion: the same events by a bare COPY into the same PostgreSQL, each batch durable by itself."""

import contextlib
import io
import json
import os
import threading
import time
from statistics import quantiles

import psycopg2

from benchmarks.cells import Measured
from benchmarks.events.bodies import bodies

TABLE = "benchmark_copy"


def copied(size: int, connections: int, seconds: float) -> Measured:
    """Batches a second, with their latencies, where nobody reads, checks or answers anything."""
    texts = ["".join(f"{_line(event)}\n" for event in json.loads(body)["events"]) for body in bodies(size)]
    latencies: list[float] = []
    with contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as first:
        with first, first.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(f"CREATE TABLE {TABLE} (line text NOT NULL)")
        until = time.perf_counter() + seconds
        threads = [threading.Thread(target=_copy, args=[texts, until, latencies]) for _ in range(connections)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - started
        with first, first.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE}")
    cuts = [cut * 1_000 for cut in quantiles(latencies, n=100)]
    return Measured(len(latencies) / took, p50=cuts[49], p99=cuts[98])


def _copy(texts: list[str], until: float, latencies: list[float]) -> None:
    number = 0
    with contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        while (started := time.perf_counter()) < until:
            with connection.cursor() as cursor:
                cursor.copy_expert(f"COPY {TABLE} FROM STDIN", io.StringIO(texts[number % len(texts)]))
            latencies.append(time.perf_counter() - started)
            number += 1


def _line(event: object) -> str:
    return json.dumps(event).replace("\\", "\\\\")
