"""Writes what was measured of results as Markdown, beside mere scans; measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from benchmarks.readme import runs
from benchmarks.results.question import METRICS

LARGE = 100_000_000
"""So many are measured once."""

GOAL = 4_000_000_000
"""Bytes, of the whole process, at any size."""


@dataclass(frozen=True, slots=True)
class Row:
    """One engine with one size; seconds, and bytes of memory with all metrics."""

    engine: str
    version: str
    events: int
    scanned: int
    scan: float
    one: float
    every: float
    reads_of_one: int
    reads_of_every: int
    peak: float
    answer: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """Everything that a run found."""

    machine: str
    versions: str
    day: date
    rounds: int
    rows: Sequence[Row]

    def text(self) -> str:
        """The whole part, in Markdown."""
        large = any(row.events >= LARGE for row in self.rows)
        once = ", of 100 million events of one" if large and self.rounds > 1 else ""
        engines = ", ".join(dict.fromkeys(row.version for row in self.rows))
        head = [
            f"Measured on {self.day.isoformat()}, on {self.machine}; {self.versions}, {engines}.",
            f"Every figure is {runs(self.rounds)}{once}.",
        ]
        metrics = len(METRICS)
        lines = [
            f"| events | engine | a mere scan, s | 1 metric, s | {metrics} metrics, s | times the scan | events/s "
            f"| reads of the events with 1 and {metrics} metrics | peak memory, MB | aim |",
            "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in self.rows:
            cells = [
                f"{row.events:,}",
                row.engine,
                f"{row.scan:.2f}",
                f"{row.one:.2f}",
                f"**{row.every:.2f}**",
                f"{row.every / row.scan:.1f}",
                f"{row.events / row.every:,.0f}",
                f"{row.reads_of_one} and {row.reads_of_every}",
                f"{row.peak / 1_000_000:,.0f}",
                f"below 4,000, {'reached' if row.peak < GOAL else 'missed'}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
        return "\n\n".join(["\n".join(head), "\n".join(lines)])
