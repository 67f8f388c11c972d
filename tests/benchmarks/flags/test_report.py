"""The report of the serving of flags says beside each figure what we aim at, and whether it was reached."""

from datetime import date
from typing import Any

import pytest

from benchmarks.cells import Measured
from benchmarks.flags.engine import EngineRow
from benchmarks.flags.memory import Memory
from benchmarks.flags.questions import PATH, Question
from benchmarks.flags.report import BARE, DEDICATED, FlagsReport, Row, WriterRow
from benchmarks.flags.world import Served
from benchmarks.flags.writing import Published

HUNDRED: Any = Served(None, "key", ["flag"] * 67, ["flag"], ["flag"] * 22, ["flag"] * 10)  # type: ignore[arg-type]
ONE = Question("one flag", HUNDRED, f"{PATH}/flag", 1)
ALL = Question("all 100 flags", HUNDRED, PATH, 100)
AGAIN = Question("all 100 flags, not modified", HUNDRED, PATH, 0, repeats=True)


def row(per_second: float, question: Question | None = None, *, name: str = "") -> Row:
    found = Measured(per_second, 1.254, 3.5, 0.05, 0.0)
    return Row(DEDICATED, question.name if question else name, found, question)


def report(*rows: Row, p99: float = 4.99, resident: float = 149.4) -> FlagsReport:
    published = [Published([0.010] * 10, 1.0), Published([0.020] * 9 + [0.200], 1.5)]
    return FlagsReport(
        machine="2 cores",
        versions="Python 3",
        day=date(2026, 1, 2),
        rounds=3,
        seconds=5,
        rows=[row(20_000, name=BARE), *rows],
        writers=[
            WriterRow.of(ALL, Measured(3_000, 2.5, p99, 0.1, 0.0), published),
            WriterRow.of(Question("nothing else is asked", HUNDRED, "", 0), None, published),
        ],
        engine=[EngineRow("all 100 flags", 100, 50.0), EngineRow("one flag", 1, 2.0)],
        memory=Memory(20, 500, 60.2, resident, 120.6, 30.1),
    )


def test_requests_stand_beside_the_bare_server_and_the_peer() -> None:
    lines = report(row(10_000, ONE), row(4_400, ALL), row(9_000, AGAIN)).text().splitlines()

    assert lines[0] == "Measured on 2026-01-02, on 2 cores; Python 3."
    assert "| bare server, a constant | 20,000 | 100% |  |  | 1.25 | 3.50 | 50 |" in lines
    assert "| a process for flags only: one flag | 10,000 | 50% | 50%, reached |  | 1.25 | 3.50 | 50 |" in lines
    assert (
        "| a process for flags only: all 100 flags | 4,400 | 22% | 20%, reached | **200** | 1.25 | 3.50 | 50 |" in lines
    )
    assert "| a process for flags only: all 100 flags, not modified | 9,000 | 45% |  |  | 1.25 | 3.50 | 50 |" in lines


@pytest.mark.parametrize(
    ("missed", "said"),
    [
        (report(row(9_999, ONE)), "50%, missed"),
        (report(row(3_999, ALL)), "20%, missed"),
        (report(p99=5.0), "below 5 ms, missed"),
        (report(resident=150.0), "RSS below 150, missed"),
    ],
)
def test_what_falls_short_is_said_to(missed: FlagsReport, said: str) -> None:
    assert missed.text().count("missed") == 1
    assert said in missed.text()


def test_what_is_published_is_served_so_much_later() -> None:
    lines = report().text().splitlines()

    assert "| 100 flags: all 100 flags | 8.0 | 3,000 | 2.50 | 4.99 | below 5 ms, reached | 15 | 191 | 200 |" in lines
    assert "| 100 flags: nothing else is asked | 8.0 |  |  |  |  | 15 | 191 | 200 |" in lines


def test_the_engine_and_the_memory_have_tables_of_their_own() -> None:
    lines = report().text().splitlines()

    assert "| all 100 flags | 50.0 | 0.50 | 2,000,000 | 20,000 | 909 |" in lines
    assert "| one flag | 2.0 | 2.00 | 500,000 | 500,000 |  |" in lines
    assert "| with 20 environments of 500 flags | 149 | 121 | RSS below 150, reached |" in lines
