"""Writes the figures into benchmarks/README.md, between two marks; what stands around them is written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.cells import Measured
from benchmarks.operations import COMPARED_AT, CONNECTIONS, Operation
from benchmarks.statements import Statements

README = Path(__file__).with_name("README.md")
START, END = "<!-- figures: written by `make bench` -->", "<!-- end of the figures -->"


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
            f"Every figure is the median of {self.rounds} runs of {self.seconds} s.",
        ]
        return "\n".join([*head, "", *self._figures(), "", *self._compared()])

    def _figures(self) -> list[str]:
        title = "| | SQL | " + " | ".join(f"{n} conn.: req/s | p50 ms | p99 ms" for n in CONNECTIONS) + " |"
        lines = [title, "|---|---:|" + "---:|" * 3 * len(CONNECTIONS)]
        for row in self.rows:
            cells = [f"{number(m.per_second)} | {m.p50:.1f} | {m.p99:.1f}" for m in row.figures.values()]
            sql = f"{row.statements.own} + {row.statements.authentication}" if row.statements else "none"
            lines.append(f"| {row.operation.name} | {sql} | " + " | ".join(cells) + " |")
        return lines

    def _compared(self) -> list[str]:
        floors = [row for row in self.rows if row.operation.is_floor]
        lines = [
            f"| at {COMPARED_AT} connections | req/s | peer req/s | times the peer | at least | peer SQL | "
            + " | ".join(f"of {row.operation.name}" for row in floors)
            + " |",
            "|---|---:|---:|---:|---:|---:|" + "---:|" * len(floors),
        ]
        for row in self.rows:
            peer = row.operation.peer
            if peer is None:
                continue
            ours = row.figures[COMPARED_AT].per_second
            reached = "✓" if ours >= peer.per_second * peer.at_least else "✗"
            shares = [f"{ours / floor.figures[COMPARED_AT].per_second:.2%}" for floor in floors]
            lines.append(
                f"| {row.operation.name} | {number(ours)} | {peer.per_second:.0f} | "
                f"**{ours / peer.per_second:.1f}** | {peer.at_least} {reached} | {peer.statements} | "
                + " | ".join(shares)
                + " |"
            )
        return lines


def number(figure: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"


def write(report: Report, readme: Path = README) -> None:
    """Put the figures between the marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, start, rest = readme.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{readme.name} lacks the marks that the figures stand between")
    readme.write_text(f"{before}{START}\n\n{report.text()}\n\n{END}{after}")
