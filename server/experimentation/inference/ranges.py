"""What a number, a name or a list that somebody sends may be. Knows nothing of what they are for."""

import math
from collections.abc import Iterator, Sequence

from server.checks import is_sound_text
from server.errors import PathItem, Problem

LARGEST = 1e50
"""Beyond this, either way, a number is nobody's data, and its squares leave what a double can hold."""

MOST_UNITS = 10**13
MAX_NAME = 200

Path = tuple[PathItem, ...]


def range_problem(path: Path, value: float, least: float, most: float) -> Iterator[Problem]:
    """A number that is not finite, or out of its range."""
    if not (math.isfinite(value) and least <= value <= most):
        yield Problem(path, "OUT_OF_RANGE", f"Give a number from {least:,.12g} to {most:,.12g}.")


def above_zero_problem(path: Path, value: float) -> Iterator[Problem]:
    """A number that is not above 0, or too large."""
    if not 1 / LARGEST <= value <= LARGEST:
        yield Problem(path, "OUT_OF_RANGE", f"Give a number above 0, from {1 / LARGEST:g} to {LARGEST:g}.")


def name_problem(path: Path, name: str) -> Iterator[Problem]:
    """A name that is none."""
    if not name.strip():
        yield Problem(path, "BLANK", "Give it a name.")
    elif len(name) > MAX_NAME:
        yield Problem(path, "TOO_LONG", f"A name has at most {MAX_NAME} characters.")
    elif not is_sound_text(name):
        yield Problem(path, "BAD_TEXT", "A name holds neither NUL characters nor lone surrogates.")


def names_problem(path: Path, names: Sequence[str], last: str) -> Iterator[Problem]:
    """Names in a list, each at most once; ``last`` is the field of each that holds it."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        yield from name_problem((*path, place, last), name)
        if name in seen:
            yield Problem((*path, place, last), "DUPLICATE_NAME", "This name has been given before.")
        seen.add(name)
