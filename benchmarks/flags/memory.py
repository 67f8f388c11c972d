"""How much memory a process holds that serves every environment; it asks for each, and looks."""

from dataclasses import dataclass

import psutil

from benchmarks.flags.asking import ask
from benchmarks.flags.questions import PATH, Question, bodies
from benchmarks.flags.world import Served
from benchmarks.servers import Running

GOAL = 150
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes. ``resident`` holds what processes share, such as libraries; ``own`` does not."""

    environments: int
    flags: int
    empty_resident: float
    resident: float
    own: float
    beside: float
    """What else the server's processes hold for themselves: the one that watches over the worker."""


def memory_of(server: Running, crowd: list[Served]) -> Memory:
    """Once every environment is loaded, and has answered some units."""
    processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    worker = max(processes, key=lambda process: process.memory_info().rss)
    empty = worker.memory_full_info()
    for served in crowd:
        question = Question("all flags", served, PATH, served.flags)
        for body in bodies()[:ROUNDS]:
            ask(server.port, question, body)
    full = worker.memory_full_info()
    others = sum(process.memory_full_info().uss for process in processes if process != worker)
    return Memory(len(crowd), crowd[0].flags, _mb(empty.rss), _mb(full.rss), _mb(full.uss), _mb(others))


def _mb(size: int) -> float:
    return size / 1_000_000
