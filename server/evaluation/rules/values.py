"""Which value fits which operator; reads one value at a time and knows nothing of rules.

Each reader gives the value as a condition keeps it, or None after it has noted every
problem.
"""

import math
from collections.abc import Callable

from server.checks import is_path_key, text_problems
from server.errors import PathItem, Problem
from server.evaluation.rules.language import (
    MAX_LIST,
    MAX_TEXT,
    MAX_WHOLE,
    WHOLE,
    Modulo,
    Number,
    Operator,
    Scalar,
    Value,
)
from server.evaluation.rules.patterns import pattern_problems
from server.evaluation.rules.semver import parse_semver

Path = tuple[PathItem, ...]
Reader = Callable[[object, Path, list[Problem]], Value]


def read_value(operator: Operator, value: object, path: Path, problems: list[Problem]) -> Value:
    """The value of a condition with this operator; None if it takes none, or none that fits was given."""
    reader = _READERS.get(operator)
    if reader is None:
        if value is not None:
            problems.append(Problem(path, "UNEXPECTED_VALUE", f"{operator} takes no value."))
        return None
    if value is None:
        problems.append(Problem(path, "MISSING_VALUE", f"{operator} needs a {path[-1]}."))
        return None
    return reader(value, path, problems)


def _scalar(value: object, path: Path, problems: list[Problem]) -> Scalar | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path, problems)
    if isinstance(value, int | float):
        return _number(value, path, problems)
    problems.append(Problem(path, "WRONG_TYPE", "This must be a text, a number or a boolean."))
    return None


def _orderable(value: object, path: Path, problems: list[Problem]) -> Scalar | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        problems.append(Problem(path, "WRONG_TYPE", "This must be a number or a text."))
        return None
    return _scalar(value, path, problems)


def _number(value: object, path: Path, problems: list[Problem]) -> Number | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(Problem(path, "WRONG_TYPE", "This must be a number."))
    elif isinstance(value, float) and not math.isfinite(value):
        problems.append(Problem(path, "OUT_OF_RANGE", "This must be a finite number."))
    elif isinstance(value, int) and abs(value) > MAX_WHOLE:
        message = f"A whole number must be between -{MAX_WHOLE} and {MAX_WHOLE}."
        problems.append(Problem(path, "OUT_OF_RANGE", message))
    else:
        return value
    return None


def _text(value: object, path: Path, problems: list[Problem]) -> str | None:
    found = text_problems(value, path=path, max_length=MAX_TEXT, allow_blank=True)
    problems.extend(found)
    return value if isinstance(value, str) and not found else None


def _part(value: object, path: Path, problems: list[Problem]) -> str | None:
    if value == "":
        problems.append(Problem(path, "BLANK", "Every text contains the empty one: give some text."))
        return None
    return _text(value, path, problems)


def _list(value: object, path: Path, problems: list[Problem]) -> tuple[Scalar, ...] | None:
    if not isinstance(value, list | tuple):
        problems.append(Problem(path, "WRONG_TYPE", "This must be a list."))
    elif not value:
        problems.append(Problem(path, "EMPTY", "This must be a list of at least one value."))
    elif len(value) > MAX_LIST:
        message = f"This takes at most {MAX_LIST:,} values, and has {len(value):,}."
        problems.append(Problem(path, "TOO_LARGE", message))
    else:
        read = [_scalar(item, (*path, index), problems) for index, item in enumerate(value)]
        return tuple(item for item in read if item is not None)
    return None


def _pattern(value: object, path: Path, problems: list[Problem]) -> str | None:
    found = pattern_problems(value, path)
    problems.extend(found)
    return value if isinstance(value, str) and not found else None


def _semver(value: object, path: Path, problems: list[Problem]) -> str | None:
    text = _text(value, path, problems)
    if text is not None and parse_semver(text) is None:
        message = "This must be a version as SemVer 2.0 writes it, such as 2.4.0 or 3.0.0-rc.1."
        problems.append(Problem(path, "BAD_SEMVER", message))
        return None
    return text


def _modulo(value: object, path: Path, problems: list[Problem]) -> Modulo | None:
    if not isinstance(value, dict):
        problems.append(Problem(path, "WRONG_TYPE", "This must be an object with a divisor and a remainder."))
        return None
    problems.extend(unknown_fields(value, {"divisor", "remainder"}, path))
    numbers = {}
    for name in ("divisor", "remainder"):
        if value.get(name) is None:
            problems.append(Problem((*path, name), "MISSING_VALUE", f"MODULO needs a {name}."))
        elif (number := _number(value[name], (*path, name), problems)) is not None:
            numbers[name] = number
    divisor, remainder = numbers.get("divisor"), numbers.get("remainder")
    if divisor is not None and divisor <= 0:
        problems.append(Problem((*path, "divisor"), "OUT_OF_RANGE", "The divisor must be above 0."))
        divisor = None
    if remainder is not None and (remainder < 0 or (divisor is not None and remainder >= divisor)):
        message = "The remainder must be at least 0, and below the divisor."
        problems.append(Problem((*path, "remainder"), "OUT_OF_RANGE", message))
    return None if divisor is None or remainder is None else Modulo(divisor, remainder)


def _share(value: object, path: Path, problems: list[Problem]) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        problems.append(Problem(path, "WRONG_TYPE", "This must be a whole number of basis points."))
        return None
    if not 0 <= value <= WHOLE:
        problems.append(Problem(path, "OUT_OF_RANGE", "A percentage must be between 0 and 100."))
        return None
    return value


MAX_UNKNOWN_FIELDS = 10
"""Of one object: more are not named, so that no answer is larger than its question."""


def unknown_fields(document: dict[object, object], known: set[str], path: Path) -> list[Problem]:
    """The fields of an object that the language does not know, the first few of them."""
    unknown = [key for key in document if key not in known][:MAX_UNKNOWN_FIELDS]
    return [
        Problem((*path, key) if isinstance(key, str) and is_path_key(key) else path, "UNKNOWN_FIELD", message)
        for message in [f"This object takes only {', '.join(sorted(known))}."]
        for key in unknown
    ]


_READERS: dict[Operator, Reader] = {
    Operator.EQUAL: _scalar,
    Operator.NOT_EQUAL: _scalar,
    Operator.GREATER: _orderable,
    Operator.GREATER_OR_EQUAL: _orderable,
    Operator.LESS: _orderable,
    Operator.LESS_OR_EQUAL: _orderable,
    Operator.CONTAINS: _part,
    Operator.NOT_CONTAINS: _part,
    Operator.IN: _list,
    Operator.NOT_IN: _list,
    Operator.MATCHES: _pattern,
    Operator.MODULO: _modulo,
    Operator.SEMVER_EQUAL: _semver,
    Operator.SEMVER_GREATER: _semver,
    Operator.SEMVER_GREATER_OR_EQUAL: _semver,
    Operator.SEMVER_LESS: _semver,
    Operator.SEMVER_LESS_OR_EQUAL: _semver,
    Operator.PERCENTAGE_SPLIT: _share,
}
