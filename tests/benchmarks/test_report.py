"""The report compares with the peer and the floors."""

from datetime import date

from benchmarks.cells import Measured, median_of
from benchmarks.operations import Always, Operation, Peer
from benchmarks.report import Report, Row
from benchmarks.statements import Statements

FLOOR = Operation("a floor", Always(b"{}"), ())
FAST = Operation("fast", Always(b"{}"), (), Peer(20, "102", 5))
SLOW = Operation("slow", Always(b"{}"), (), Peer(28, "48 to 57", 5))


def row(operation: Operation, per_second: float, statements: Statements | None = None) -> Row:
    figures = {n: Measured(per_second * n, 1.25, 12.5, 3.0, 0.5) for n in (1, 8, 32)}
    return Row(operation, figures, statements)


REPORT = Report(
    machine="2 cores",
    versions="Python 3",
    day=date(2026, 1, 2),
    rounds=3,
    seconds=5,
    rows=[row(FLOOR, 250), row(FAST, 12.5, Statements(22, 1)), row(SLOW, 17.4, Statements(20, 1))],
)


def test_the_report_compares_with_the_peer_and_the_floor() -> None:
    lines = REPORT.text().splitlines()

    assert lines[:2] == [
        "Measured on 2026-01-02, on 2 cores; Python 3.",
        "Every figure is the median of 3 runs of 5 s.",
    ]
    assert "| fast | 22 + 1 | 12.5 | 1.2 | 12.5 | 100 | 1.2 | 12.5 | 400 | 1.2 | 12.5 |" in lines
    assert lines[-3:] == [
        "| a floor | 2,000 |  |  |  |  | 100.0% | 3.00 | 0.50 |",
        "| fast | 100 | 20 | **5.0** | 5, reached | 102 | 5.0% | 3.00 | 0.50 |",
        "| slow | 139 | 28 | **5.0** | 5, missed | 48 to 57 | 7.0% | 3.00 | 0.50 |",
    ]


def test_a_median_is_taken_of_each_figure_for_itself() -> None:
    rounds = [Measured(1, 9, 5, 7, 3), Measured(2, 8, 6, 9, 1), Measured(3, 7, 4, 8, 2)]

    assert median_of(rounds) == Measured(2, 8, 5, 8, 2)
