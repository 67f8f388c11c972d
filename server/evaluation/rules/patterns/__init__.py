"""Says whether a regular expression may stand in a condition; never runs one.

Rules are also evaluated in other languages, by engines that backtrack. So a pattern
is taken only if they all read it alike, and none can be made to hang by it.
"""

import re
import warnings

from server.checks import text_problems
from server.errors import PathItem, Problem
from server.evaluation.rules.patterns.cost import check_cost
from server.evaluation.rules.patterns.syntax import Refused, read_pattern

MAX_PATTERN = 500
"""Characters of a pattern."""


def pattern_problems(value: object, path: tuple[PathItem, ...]) -> list[Problem]:
    """Everything that is wrong with a regular expression as a user wrote it."""
    problems = text_problems(value, path=path, max_length=MAX_PATTERN, allow_blank=True)
    if problems or not isinstance(value, str):
        return problems
    if value == "":
        return [Problem(path, "BLANK", "Every text matches the empty pattern: give one.")]
    try:
        check_cost(read_pattern(value))
        _compile(value)
    except Refused as refused:
        return [Problem(path, refused.code, refused.message)]
    return []


def _compile(pattern: str) -> None:
    """The engine of this server has the last word on what it can compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, re.ASCII)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise Refused("BAD_REGEX", "This does not compile as a regular expression.") from error
