"""Figures are written between their marks, and nowhere else."""

from pathlib import Path

import pytest

from benchmarks.readme import EVENTS, FLAGS, OPERATIONS, README, RESULTS, marks, runs, write

START, END = marks(OPERATIONS)
OTHER = "\n".join(marks(FLAGS))


def test_what_stands_around_the_figures_stays(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"By hand.\n\n{OTHER}\n\n{START}\nold figures\n{END}\n\nAlso by hand.\n")

    write(OPERATIONS, "new figures", readme)

    assert readme.read_text() == f"By hand.\n\n{OTHER}\n\n{START}\n\nnew figures\n\n{END}\n\nAlso by hand.\n"


def test_without_its_marks_a_report_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"By hand.\n{OTHER}\n")

    with pytest.raises(ValueError, match="lacks the marks"):
        write(OPERATIONS, "new figures", readme)

    assert readme.read_text() == f"By hand.\n{OTHER}\n"


@pytest.mark.parametrize("part", [OPERATIONS, FLAGS, EVENTS, RESULTS])
def test_the_committed_report_has_the_marks(part: str) -> None:
    written = README.read_text()

    assert [written.count(mark) for mark in marks(part)] == [1, 1]


def test_a_single_run_is_no_median() -> None:
    assert (runs(1), runs(3)) == ("of one run", "the median of 3 runs")
