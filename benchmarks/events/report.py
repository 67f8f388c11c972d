"""Writes what was measured of events as Markdown, beside the floors; measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.events.beside import CONNECTIONS as ASKING
from benchmarks.events.beside import BesideRow
from benchmarks.events.ingestion import CONNECTIONS, DOOR, IngestionRow
from benchmarks.events.moving import MovingRow
from benchmarks.readme import runs
from benchmarks.report import number


@dataclass(frozen=True, slots=True)
class EventsReport:
    """Everything that a run found."""

    machine: str
    versions: str
    day: date
    rounds: int
    seconds: int
    ingestion: Sequence[IngestionRow]
    beside: Sequence[BesideRow]
    moving: Sequence[MovingRow]

    def text(self) -> str:
        """The whole part, in Markdown."""
        head = [
            f"Measured on {self.day.isoformat()}, on {self.machine}; {self.versions}.",
            f"One process with one worker; every figure is {runs(self.rounds)} of {self.seconds} s.",
        ]
        parts = (self._ingestion, self._floors, self._beside, self._moving)
        return "\n\n".join(["\n".join(head), *("\n".join(part()) for part in parts)])

    def _ingestion(self) -> list[str]:
        titles = " | ".join(f"{count} conn.: events/s | p99 ms" for count in CONNECTIONS)
        lines = [f"| events in a batch | | {titles} |", "|---:|---|" + "---:|" * 2 * len(CONNECTIONS)]
        for row in self.ingestion:
            cells = [f"{number(m.per_second * row.size)} | {m.p99:.1f}" for m in row.figures.values()]
            lines.append(f"| {row.size:,} | {row.name} | {' | '.join(cells)} |")
        return lines

    def _floors(self) -> list[str]:
        """The door as a share of each floor, and what a batch and an event cost it."""
        most = CONNECTIONS[-1]
        rows = {(row.name, row.size): row.figures[most] for row in self.ingestion}
        floors = list(dict.fromkeys(row.name for row in self.ingestion if row.name != DOOR))
        titles = [*(f"of {name}" for name in floors), "server µs a batch", "PostgreSQL µs a batch", "both µs an event"]
        lines = [f"| {DOOR} at {most} connections | {' | '.join(titles)} |", "|---|" + "---:|" * len(titles)]
        for (name, size), found in rows.items():
            if name == DOOR:
                cells = [f"{found.per_second / rows[floor, size].per_second:.0%}" for floor in floors]
                taken = found.server + found.database
                cells += [f"{part * 1_000:,.0f}" for part in (found.server, found.database)]
                lines.append(f"| batches of {size:,} | {' | '.join([*cells, f'{taken * 1_000 / size:.1f}'])} |")
        return lines

    def _beside(self) -> list[str]:
        lines = [
            f"| one flag is asked for at {ASKING} connections, beside | events/s | req/s | p50 ms | p99 ms |",
            "|---|---:|---:|---:|---:|",
        ]
        for row in self.beside:
            found = row.found
            cells = [number(row.events_per_second), number(found.per_second), f"{found.p50:.2f}", f"{found.p99:.2f}"]
            lines.append(f"| {row.name} | {' | '.join(cells)} |")
        return lines

    def _moving(self) -> list[str]:
        lines = [
            "| from the outbox to | events in a batch | events | blocks | statements a block | seconds | of that "
            "PostgreSQL | events/s | peak memory, MB |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in self.moving:
            cells = [
                f"{row.size:,}",
                f"{row.events:,}",
                f"{row.blocks}",
                f"{row.statements / max(row.blocks, 1):.1f}",
                f"{row.seconds:.2f}",
                f"{row.database / row.seconds:.0%}",
                number(row.events / row.seconds),
                f"{row.peak / 1_000_000:.0f}",
            ]
            lines.append(f"| {row.engine} | {' | '.join(cells)} |")
        return lines
