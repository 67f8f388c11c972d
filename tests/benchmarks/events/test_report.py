"""The figures of events as Markdown."""

from datetime import date

from benchmarks.cells import Measured
from benchmarks.events.beside import BesideRow
from benchmarks.events.ingestion import BARE, CONNECTIONS, COPY, DOOR, IngestionRow
from benchmarks.events.moving import MovingRow
from benchmarks.events.report import EventsReport


def row(name: str, per_second: float, **taken: float) -> IngestionRow:
    return IngestionRow(name, 100, {count: Measured(per_second, 1.0, 2.5, **taken) for count in CONNECTIONS})


def test_events_are_counted_and_compared_with_both_floors() -> None:
    text = EventsReport(
        machine="a machine",
        versions="versions",
        day=date(2026, 1, 2),
        rounds=3,
        seconds=2,
        ingestion=[row(DOOR, 500.0, server=1.5, database=0.5), row(BARE, 2_000.0), row(COPY, 1_000.0)],
        beside=[BesideRow("10 events/s, to the same process", Measured(3_000.0, 1.0, 4.5), 9.9)],
        moving=[MovingRow("DuckDB", 100, 200_000, 2, 42, 4.0, 1.0, 350_000_000)],
    ).text()

    assert "| 100 | `POST /v1/events` | 50,000 | 2.5 | 50,000 | 2.5 | 50,000 | 2.5 |" in text
    assert "| batches of 100 | 25% | 50% | 1,500 | 500 | 20.0 |" in text
    assert "| 10 events/s, to the same process | 9.9 | 3,000 | 1.00 | 4.50 |" in text
    assert "| DuckDB | 100 | 200,000 | 2 | 21.0 | 4.00 | 25% | 50,000 | 350 |" in text
