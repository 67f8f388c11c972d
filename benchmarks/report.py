"""The figures of the operations as Markdown, compared with the peer and the floors; measures nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.cells import Measured
from benchmarks.operations import COMPARED_AT, CONNECTIONS, Operation
from benchmarks.readme import runs
from benchmarks.statements import Statements


@dataclass(frozen=True, slots=True)
class Row:
    """One operation's figures, by number of connections."""

    operation: Operation
    figures: Mapping[int, Measured]
    statements: Statements | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run found."""

    machine: str
    versions: str
    day: date
    rounds: int
    seconds: int
    rows: Sequence[Row]

    def text(self) -> str:
        """The whole part, in Markdown."""
        head = [
            f"Measured on {self.day.isoformat()}, on {self.machine}; {self.versions}.",
            f"Every figure is {runs(self.rounds)} of {self.seconds} s.",
        ]
        return "\n".join([*head, "", *self._figures(), "", *self._compared()])

    def _figures(self) -> list[str]:
        title = "| | SQL | " + " | ".join(f"{n} conn.: req/s | p50 ms | p99 ms" for n in CONNECTIONS) + " |"
        lines = [title, "|---|---:|" + "---:|" * 3 * len(CONNECTIONS)]
        for row in self.rows:
            cells = [f"{number(m.per_second)} | {m.p50:.1f} | {m.p99:.1f}" for m in row.figures.values()]
            sql = f"{row.statements.own} + {row.statements.authentication}" if row.statements else ""
            lines.append(f"| {row.operation.name} | {sql} | " + " | ".join(cells) + " |")
        return lines

    def _compared(self) -> list[str]:
        floors = {
            f"of {row.operation.name}": row.figures[COMPARED_AT].per_second
            for row in self.rows
            if row.operation.is_floor
        }
        titles = ["req/s", "peer", "times the peer", "at least", "peer SQL", *floors, "server ms", "PostgreSQL ms"]
        lines = [f"| at {COMPARED_AT} connections | {' | '.join(titles)} |", "|---|" + "---:|" * len(titles)]
        for row in self.rows:
            ours, peer = row.figures[COMPARED_AT], row.operation.peer
            cells = [number(ours.per_second), "", "", "", ""]
            if peer is not None:
                times = ours.per_second / peer.per_second
                reached = "reached" if times >= peer.at_least else "missed"
                cells[1:] = [
                    f"{peer.per_second:.0f}",
                    f"**{times:.1f}**",
                    f"{peer.at_least}, {reached}",
                    peer.statements,
                ]
            cells += [f"{ours.per_second / floor:.1%}" for floor in floors.values()]
            cells += [f"{ours.server:.2f}", f"{ours.database:.2f}"]
            lines.append(f"| {row.operation.name} | {' | '.join(cells)} |")
        return lines


def number(figure: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
