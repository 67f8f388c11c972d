"""Shows how far a run is: bars on a terminal, a line now and then elsewhere. Counts nothing itself."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulation.tally import Tally
from simulation.visiting import Show

SECONDS_BETWEEN_LINES = 5.0
COUNTED = {
    "evaluations": "flags evaluated",
    "accepted": "events accepted",
    "rejected": "events rejected",
    "waits": "waits for the server",
}


def say(line: str) -> None:
    """A line for people."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def shown(tally: Tally, console: Console) -> Iterator[Show]:
    """What shows the tally as it is at the moment, while the block runs."""
    if console.is_terminal:
        with _bars(tally, console) as show:
            yield show
    else:
        yield _lines(tally)


@contextmanager
def _bars(tally: Tally, console: Console) -> Iterator[Show]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        visits = progress.add_task("visits", total=None)
        others = {name: progress.add_task(described, total=None) for name, described in COUNTED.items()}

        def show() -> None:
            progress.update(visits, completed=tally.counts["visits"], total=tally.visits_planned or None)
            for name, task in others.items():
                progress.update(task, completed=tally.counts[name])

        try:
            yield show
        finally:
            show()


def _lines(tally: Tally) -> Show:
    last = time.monotonic()

    def show() -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= SECONDS_BETWEEN_LINES:
            last = now
            say(tally.line())

    return show
