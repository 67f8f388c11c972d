"""What a feature and its options may be. Reads and writes nothing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from server.checks import text_problems
from server.errors import PathItem, Problem
from server.evaluation.percentages import EVERYTHING, BasisPoints, percent_text
from server.features.models import MAX_KEY
from server.features.values import value_problems

CONTROL = "control"
MAX_OPTIONS = 100

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")

Path = tuple[PathItem, ...]


@dataclass(frozen=True, slots=True)
class NewOption:
    """An option as it is asked for."""

    key: str
    value: Any
    default_allocation: BasisPoints


def key_problems(key: object, *, path: Path) -> list[Problem]:
    """Everything that is wrong with the key of a feature or an option."""
    if problems := text_problems(key, path=path, max_length=MAX_KEY, allow_blank=False):
        return problems
    if not isinstance(key, str) or not _KEY.match(key):
        message = "A key starts with a letter and goes on with letters, digits, “_”, “.” and “-”."
        return [Problem(path, "BAD_KEY", message)]
    return []


def option_problems(
    options: Sequence[NewOption], *, value_type: str, path: Path, taken: Iterable[str] = ()
) -> list[Problem]:
    """Everything that is wrong with new options, beside those whose keys are taken."""
    taken = set(taken)
    if len(taken) + len(options) > MAX_OPTIONS:
        return [Problem(path, "TOO_MANY", f"A feature has at most {MAX_OPTIONS} options.")]
    problems: list[Problem] = []
    for index, option in enumerate(options):
        here = (*path, index)
        problems += key_problems(option.key, path=(*here, "key"))
        if option.key == CONTROL:
            message = "“control” is the arm that is not an option: choose another key."
            problems.append(Problem((*here, "key"), "RESERVED", message))
        elif option.key in taken:
            problems.append(Problem((*here, "key"), "DUPLICATE_OPTION", "Another option has this key."))
        taken.add(option.key)
        problems += value_problems(option.value, value_type, path=(*here, "value"))
    return problems


def share_problems(shares: Iterable[int], *, path: Path) -> list[Problem]:
    """The problem of options whose shares come to more than the whole."""
    total = sum(shares)
    if total <= EVERYTHING:
        return []
    message = f"The options' percentages come to {percent_text(total)}: together they take at most 100 %."
    return [Problem(path, "OVER_ALLOCATED", message)]
