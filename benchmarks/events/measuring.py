"""Measures everything about events on their way in; writes nothing but its report."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from benchmarks.events.beside import beside_rows
from benchmarks.events.ingestion import ingestion_rows
from benchmarks.events.moving import moving_rows
from benchmarks.events.report import EventsReport
from benchmarks.events.world import fill_events
from benchmarks.machine import machine, versions


def measure_events(folder: Path, options: Namespace) -> EventsReport:
    """Ingestion with its floors, evaluations beside it, and the worker."""
    world = fill_events()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return EventsReport(
        machine=machine(),
        versions=versions(options.load),
        day=datetime.now(UTC).date(),
        rounds=options.rounds,
        seconds=options.seconds,
        ingestion=ingestion_rows(folder, world, options),
        beside=beside_rows(folder, world, options),
        moving=moving_rows(folder, world, options),
    )
