"""The figures of results as Markdown, and what makes a run fail."""

from datetime import date
from typing import Any

import pytest

from benchmarks.cells import WrongAnswer
from benchmarks.results.measuring import refuse_different
from benchmarks.results.report import ResultsReport, Row


def row(engine: str = "DuckDB", peak: float = 1e9, scanned: int = 900, answer: dict[str, Any] | None = None) -> Row:
    return Row(engine, "DuckDB 2", 1_000, scanned, 0.5, 0.75, 2.0, 1, 1, peak, answer or {"arms": [[500, 1.5]]})


@pytest.mark.parametrize(("peak", "aim"), [(3.9e9, "reached"), (4.0e9, "missed")])
def test_results_are_compared_with_a_scan_and_with_the_aim(peak: float, aim: str) -> None:
    text = ResultsReport("a machine", "versions", date(2026, 1, 2), 3, [row(peak=peak)]).text()

    assert (
        f"| 1,000 | DuckDB | 0.50 | 0.75 | **2.00** | 4.0 | 500 | 1 and 1 | {peak / 1e6:,.0f} | below 4,000, {aim} |"
        in text
    )


def test_engines_that_add_in_another_order_agree() -> None:
    refuse_different(row(), row("chdb", answer={"arms": [[500, 1.5 + 1e-12]]}))


@pytest.mark.parametrize(
    "other",
    [
        row("chdb", scanned=901),
        row("chdb", answer={"arms": [[501, 1.5]]}),
        row("chdb", answer={"arms": [[500, 1.500001]]}),
        row("chdb", answer={"arms": []}),
    ],
)
def test_engines_that_differ_make_no_figures(other: Row) -> None:
    with pytest.raises(WrongAnswer, match="the engines differ"):
        refuse_different(row(), other)
