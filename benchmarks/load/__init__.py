"""Sends the requests of a cell and times the answers: with wrk where it is installed, else with threads."""

import shutil
from collections.abc import Callable

from benchmarks.cells import Cell, Sent
from benchmarks.load import threads, wrk

Load = Callable[[Cell], Sent]
GENERATORS: dict[str, Load] = {"wrk": wrk.run, "threads": threads.run}


def best_generator() -> str:
    """wrk takes the least from the cores that it shares with the server."""
    return "wrk" if shutil.which("wrk") else "threads"
