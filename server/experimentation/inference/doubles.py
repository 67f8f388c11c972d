"""Whether a double holds all figures: sums of very different size can leave its range on the way. Computes none."""

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from server.errors import InvalidInput, Problem
from server.experimentation.inference.ranges import Path

T = TypeVar("T")


def held_by_doubles(path: Path, compute: Callable[[], T]) -> T:
    """What is computed, if all of its numbers are finite.

    Raises:
        InvalidInput: a number on the way, or in the result, is too large or too small for a double.
    """
    try:
        found = compute()
    except ArithmeticError:
        found = None
    if found is None or not _is_finite(found):
        message = "These numbers are too far from each other, or from 1, to be computed with: use other units."
        raise InvalidInput([Problem(path, "OUT_OF_RANGE", message)])
    return found


def _is_finite(found: Any) -> bool:
    if isinstance(found, float):
        return math.isfinite(found)
    if isinstance(found, tuple):
        return all(map(_is_finite, found))
    return not is_dataclass(found) or all(_is_finite(getattr(found, each.name)) for each in fields(found))
