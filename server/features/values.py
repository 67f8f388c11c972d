"""Which JSON values a feature of each value type admits. Reads and writes nothing.

======== ==================================================================
BOOLEAN  ``true`` or ``false``
STRING   a text of at most 20,000 characters
INTEGER  a whole number that every client can hold: at most 2^53 - 1 either way
FLOAT    a number within the same bounds (kept as a float: ``20`` reads back as ``20.0``)
JSON     any JSON value but ``null``: at most 64 KiB, nested at most 32 deep
======== ==================================================================
"""

import json
import math
from typing import Any

from server.checks import json_text_problems, text_problems
from server.errors import PathItem, Problem
from server.features.models import ValueType

type_names = {
    ValueType.BOOLEAN: "true or false",
    ValueType.STRING: "a text",
    ValueType.INTEGER: "a whole number",
    ValueType.FLOAT: "a number",
    ValueType.JSON: "a JSON value",
}

MAX_STRING = 20_000
MAX_JSON_BYTES = 65_536
MAX_JSON_DEPTH = 32
MAX_INTEGER = 2**53 - 1

Path = tuple[PathItem, ...]


def value_problems(value: Any, value_type: str, *, path: Path) -> list[Problem]:
    """Everything that is wrong with a value for a feature of this type."""
    if value is None:
        return [Problem(path, "NULL", "Give a value: it is never null.")]
    match ValueType(value_type):
        case ValueType.BOOLEAN:
            return [] if isinstance(value, bool) else [_wrong_type(ValueType.BOOLEAN, path)]
        case ValueType.STRING:
            if not isinstance(value, str):
                return [_wrong_type(ValueType.STRING, path)]
            return text_problems(value, path=path, max_length=MAX_STRING, allow_blank=True)
        case ValueType.INTEGER:
            if not isinstance(value, int) or isinstance(value, bool):
                return [_wrong_type(ValueType.INTEGER, path)]
            return _number_problems(value, path)
        case ValueType.FLOAT:
            if not isinstance(value, int | float) or isinstance(value, bool):
                return [_wrong_type(ValueType.FLOAT, path)]
            return _number_problems(value, path)
        case ValueType.JSON:
            return _json_problems(value, path)


def canonical_value(value: Any, value_type: str) -> Any:
    """A checked value as it is stored: floats as floats, of one zero; everything else as it came."""
    return float(value) + 0.0 if value_type == ValueType.FLOAT else value


def same_value(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: unlike in Python, ``true`` is not ``1``."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _wrong_type(value_type: ValueType, path: Path) -> Problem:
    message = f"The feature is of type {value_type.value}: give {type_names[value_type]}."
    return Problem(path, "WRONG_TYPE", message)


def _number_problems(value: int | float, path: Path) -> list[Problem]:
    if isinstance(value, float) and not math.isfinite(value):
        return [Problem(path, "OUT_OF_RANGE", "A number must be finite.")]
    # Floats as well: beyond, the database writes one without a point, and it reads back as an integer.
    if abs(value) <= MAX_INTEGER:
        return []
    return [Problem(path, "OUT_OF_RANGE", f"A number lies between -{MAX_INTEGER} and {MAX_INTEGER}.")]


def _json_problems(value: Any, path: Path) -> list[Problem]:
    pending: list[tuple[Any, int]] = [(value, 0)]
    while pending:
        item, depth = pending.pop()
        if depth > MAX_JSON_DEPTH:
            return [Problem(path, "TOO_DEEP", f"A JSON value nests at most {MAX_JSON_DEPTH} deep.")]
        match item:
            case bool() | str() | None:
                continue
            case int() | float():
                if problems := _number_problems(item, path):
                    return problems
            case list():
                pending.extend((child, depth + 1) for child in item)
            case dict():
                pending.extend((child, depth + 1) for child in item.values())
            case _:
                return [_wrong_type(ValueType.JSON, path)]
    if problems := json_text_problems(value, path):
        return problems
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_JSON_BYTES:
        return [Problem(path, "TOO_LONG", f"A JSON value takes at most {MAX_JSON_BYTES:,} bytes.")]
    return []
