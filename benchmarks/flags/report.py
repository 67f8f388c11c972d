"""Writes what was measured of the serving of flags as Markdown, beside what we aim at; measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median, quantiles
from typing import Self

from benchmarks.cells import Measured
from benchmarks.flags.engine import EngineRow
from benchmarks.flags.memory import GOAL, Memory
from benchmarks.flags.questions import CONNECTIONS, Question
from benchmarks.flags.writing import Published
from benchmarks.readme import runs
from benchmarks.report import number

BARE, READING = "bare server, a constant", "bare server, the same once it has read the body"
DEDICATED, COMBINED = "a process for flags only", "the process of `make run`"
PEER = {100: 22, 500: 7}
"""How many times a second an open server for the same job evaluates all flags for a unit."""

SINGLE_OF_BARE, BULK_OF_BARE, BULK = 1 / 2, 1 / 5, 100
P99_GOAL = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """What one process does of one kind of request; the bare servers have no question."""

    server: str
    name: str
    found: Measured
    question: Question | None


@dataclass(frozen=True, slots=True)
class WriterRow:
    """What is asked while versions are published, and how soon they are served; all in milliseconds."""

    flags: int
    name: str
    found: Measured | None
    versions_per_second: float
    delay_p50: float
    delay_p95: float
    delay_most: float

    @classmethod
    def of(cls, question: Question, found: Measured | None, published: Sequence[Published]) -> Self:
        """Of all rounds together."""
        delays = [delay * 1_000 for one in published for delay in one.delays]
        return cls(
            flags=question.of,
            name=question.name,
            found=found,
            versions_per_second=len(delays) / sum(one.seconds for one in published),
            delay_p50=median(delays),
            delay_p95=quantiles(delays, n=20)[-1],
            delay_most=max(delays),
        )


@dataclass(frozen=True, slots=True)
class FlagsReport:
    """Everything that a run found."""

    machine: str
    versions: str
    day: date
    rounds: int
    seconds: int
    rows: Sequence[Row]
    writers: Sequence[WriterRow]
    engine: Sequence[EngineRow]
    memory: Memory

    def text(self) -> str:
        """The whole part, in Markdown."""
        head = [
            f"Measured on {self.day.isoformat()}, on {self.machine}; {self.versions}.",
            f"One process with one worker, {CONNECTIONS} connections; every figure is {runs(self.rounds)}"
            f" of {self.seconds} s.",
        ]
        parts = (self._requests, self._writers, self._engine, self._memory)
        return "\n\n".join(["\n".join(head), *("\n".join(part()) for part in parts)])

    def _requests(self) -> list[str]:
        bare = next(row.found.per_second for row in self.rows if row.name == BARE)
        lines = [
            "| | req/s | of the bare server | aim | times the peer | p50 ms | p99 ms | server µs |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in self.rows:
            found = row.found
            cells = [
                row.name if row.question is None else f"{row.server}: {row.name}",
                number(found.per_second),
                f"{found.per_second / bare:.0%}",
                _aim(row, bare),
                _times_the_peer(row),
                f"{found.p50:.2f}",
                f"{found.p99:.2f}",
                f"{found.server * 1_000:.0f}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
        return lines

    def _writers(self) -> list[str]:
        lines = [
            "| while versions are published, with a process for flags only | versions/s | req/s | p50 ms | p99 ms "
            "| aim | commit to first new answer, p50 ms | p95 | most |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in self.writers:
            asked = ["", "", "", ""]
            if (found := row.found) is not None:
                aim = f"below {P99_GOAL:.0f} ms, {_reached(found.p99 < P99_GOAL)}" if row.name != BARE else ""
                asked = [number(found.per_second), f"{found.p50:.2f}", f"{found.p99:.2f}", aim]
            delays = [f"{delay:.0f}" for delay in (row.delay_p50, row.delay_p95, row.delay_most)]
            cells = [f"{row.flags} flags: {row.name}", f"{row.versions_per_second:.1f}", *asked, *delays]
            lines.append(f"| {' | '.join(cells)} |")
        return lines

    def _engine(self) -> list[str]:
        lines = [
            "| the engine alone, for one unit | µs | µs a flag | flags/s on one core | units/s | times the peer |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for row in self.engine:
            units = 1_000_000 / row.microseconds
            peer = PEER.get(row.flags)
            times = f"{units / peer:,.0f}" if peer else ""
            figures = f"{row.microseconds:.1f} | {row.per_flag:.2f} | {row.flags_per_second:,.0f} | {units:,.0f}"
            lines.append(f"| {row.name} | {figures} | {times} |")
        return lines

    def _memory(self) -> list[str]:
        memory = self.memory
        what = f"{memory.environments} environments of {memory.flags} flags"
        reached = _reached(memory.resident < GOAL)
        return [
            "| memory of a process for flags only, in MB | RSS | USS | aim |",
            "|---|---:|---:|---:|",
            f"| started | {memory.empty_resident:.0f} |  |  |",
            f"| with {what} | {memory.resident:.0f} | {memory.own:.0f} | RSS below {GOAL}, {reached} |",
            f"| granian's own process, which watches over it |  | {memory.beside:.0f} |  |",
        ]


def _aim(row: Row, bare: float) -> str:
    question = row.question
    if question is None:
        return ""
    share: float | None = None
    if question.flags == 1:
        share = SINGLE_OF_BARE
    elif question.is_bulk and question.flags == BULK:
        share = BULK_OF_BARE
    if share is None:
        return ""
    return f"{share:.0%}, {_reached(row.found.per_second / bare >= share)}"


def _times_the_peer(row: Row) -> str:
    peer = PEER.get(row.question.flags) if row.question is not None and row.question.is_bulk else None
    return f"**{row.found.per_second / peer:,.0f}**" if peer else ""


def _reached(does: bool) -> str:
    return "reached" if does else "missed"
