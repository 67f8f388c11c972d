"""The command that fills the outbox, moves it into one warehouse, and tells how that went. Compares nothing."""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.db import connection

django.setup()

from benchmarks.engines import ENGINES, opened  # noqa: E402 - they need the models
from benchmarks.events.bodies import events  # noqa: E402
from benchmarks.subprocesses import tell  # noqa: E402
from server.events.models import Intake, OutboxBatch  # noqa: E402
from server.events.move import move_blocks  # noqa: E402
from server.events.reading import read_events  # noqa: E402
from server.events.services.record_events import record_batches  # noqa: E402
from server.warehouse.times import microseconds_of  # noqa: E402

BATCHES_AT_ONCE = 50
MOST_BLOCKS = 1_000


@dataclass
class Counted:
    """How many statements were sent to PostgreSQL, and how long it took over them; a transaction's ends apart."""

    statements: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.statements += 1
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.seconds += time.perf_counter() - started


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("environment", type=int)
    parser.add_argument("events", type=int)
    parser.add_argument("size", type=int, help="of the batches")
    parser.add_argument("first", type=int, help="the number of the first event: each has been seen once it is moved")
    given = parser.parse_args()
    now = datetime.now(UTC)
    _fill(given, now)
    before = _stored(given.environment)
    counted = Counted()
    with opened(given.engine, given.folder) as warehouse, connection.execute_wrapper(counted):
        started = time.perf_counter()
        blocks = move_blocks(warehouse, clock=lambda: now, most_blocks=MOST_BLOCKS)
        seconds = time.perf_counter() - started
    tell(
        {
            "seconds": seconds,
            "blocks": blocks,
            "statements": counted.statements,
            "database": counted.seconds,
            "stored": _stored(given.environment) - before,
            "left": OutboxBatch.objects.count(),
        }
    )


def _fill(given: argparse.Namespace, now: datetime) -> None:
    """What is in the outbox once the door has taken it."""
    size, at_once = given.size, given.size * BATCHES_AT_ONCE
    for start in range(0, given.events, at_once):
        made = list(events(min(at_once, given.events - start), first=given.first + start, now=now))
        batches = [
            read_events(made[place : place + size], sent_at=None, received_at_us=microseconds_of(now))
            for place in range(0, len(made), size)
        ]
        record_batches([(given.environment, batch) for batch in batches], now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_outboxbatch")


def _stored(environment_id: int) -> int:
    return sum(Intake.objects.filter(environment_id=environment_id).values_list("stored", flat=True))


if __name__ == "__main__":
    main()
