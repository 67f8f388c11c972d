"""Cuts a call short at each line of some modules in turn, as a kill would. Knows nothing of what they do."""

import linecache
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

Place = tuple[str, int, int]


class Cut(BaseException):
    """Nothing handles it, as nothing handles a kill."""


def cut_everywhere(call: Callable[[], object], modules: str) -> Iterator[Place]:
    """Make the call again and again, cut before another line each time, until it runs through.

    A line is cut at the first and the second time that it is come to. After each cut its place is given.
    """
    done: set[Place] = set()
    while place := _cut(call, modules, done):
        done.add(place)
        yield place


def _cut(call: Callable[[], object], modules: str, done: set[Place]) -> Place | None:
    times: Counter[tuple[str, int]] = Counter()
    cut: Place | None = None

    def trace(frame: FrameType, what: str, _argument: Any) -> Any:
        nonlocal cut
        if modules not in frame.f_code.co_filename:
            return None
        if what == "line":
            line = frame.f_code.co_filename, frame.f_lineno
            times[line] += 1
            place = *line, times[line]
            if times[line] <= _most(line) and place not in done:
                cut = place
                sys.settrace(None)
                raise Cut
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Cut:
        return cut
    finally:
        sys.settrace(before)
    return None


def _most(line: tuple[str, int]) -> int:
    """Python comes to a `with` once more before it leaves the block, where an exception would keep it from leaving."""
    return 1 if linecache.getline(*line).lstrip().startswith("with ") else 2
