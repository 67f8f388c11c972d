"""The properties of an event as the warehouse has them: a map of texts. Decides about no other field."""

from math import isfinite
from typing import Any

from orjson import dumps

from server.checks import is_path_key
from server.events.faults import Fault

MOST_PROPERTIES = 50
LONGEST_NAME = 100
LONGEST_TEXT = 1_000

_EXACT = 2**53
"""Whole numbers below it are the same as doubles."""


def texts_of(properties: Any) -> dict[str, str]:
    """Each property as a text: what is one as it is, other values as their JSON. What is null is left out.

    Numbers that are the same have the same text, however they were written: ``5``, ``5.0`` and ``5e0``.

    Raises:
        Fault: this is no object of texts, numbers and booleans, or too large a one.
    """
    if type(properties) is not dict:
        raise Fault("WRONG_TYPE", ("properties",), "The properties are an object of texts, numbers and booleans.")
    if len(properties) > MOST_PROPERTIES:
        raise Fault("TOO_MANY", ("properties",), f"An event has at most {MOST_PROPERTIES} properties.")
    texts = {}
    for name, value in properties.items():
        if type(name) is not str or not 0 < len(name) <= LONGEST_NAME:
            message = f"The name of a property has 1 to {LONGEST_NAME} characters."
            raise Fault("BAD_PROPERTY", ("properties",), message)
        if type(value) is str:
            if len(value) > LONGEST_TEXT:
                message = f"A property takes at most {LONGEST_TEXT:,} characters, and this has {len(value):,}."
                raise Fault("TOO_LONG", _path(name), message)
            texts[name] = value
        elif value is not None:
            texts[name] = _json(name, value)
    return texts


def _json(name: str, value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int and abs(value) < _EXACT:
        return str(value)
    if type(value) is int or type(value) is float:
        return _number(name, value)
    raise Fault("WRONG_TYPE", _path(name), "A property is a text, a number or a boolean.")


def _number(name: str, value: float) -> str:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise Fault("NOT_FINITE", _path(name), "This number is beyond what a double can be.")
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else dumps(number).decode()


def _path(name: str) -> tuple[str, ...]:
    return ("properties", name) if is_path_key(name) else ("properties",)
