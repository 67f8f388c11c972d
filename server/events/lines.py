"""One event, as it was sent, made into its line of the outbox, or refused with the first thing that is wrong with it.

A line is JSON with the columns of the warehouse's table, but for the two that are the same for a whole
batch. Its first column says of which table it is, so that nobody has to parse it to know.
"""

import re
from functools import lru_cache
from math import isfinite
from typing import Any

from orjson import JSONEncodeError, dumps

from server.checks import is_sound_text
from server.events.faults import Fault, unknown_fields
from server.events.properties import texts_of
from server.events.times import Clock

LONGEST_ID = 200
LONGEST_TARGETING_KEY = 500
LONGEST_NAME = 200
LONGEST_KEY = 150
"""Of a flag, a variant and an experiment."""

LAST_PHASE = 2**31 - 1
LARGEST_VALUE = 1e40
"""Either side of 0: results rest on sums of squares, and the warehouse passes over what they could not bear."""

EXPOSURE_LINE = b'{"flag":'
"""How the lines of exposures begin, and no others."""

_COMMON = {"type", "id", "targetingKey", "time", "properties"}
_OF_EXPERIMENT = ("experiment", "phase", "inExperiment")
_OF_EXPOSURES = frozenset({*_COMMON, "flag", "variant", *_OF_EXPERIMENT})
_OF_EVENTS = frozenset({*_COMMON, "name", "value"})

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_CONTROL = re.compile("[\0-\x1f]")

Columns = dict[str, Any]


def line_of(event: Any, clock: Clock) -> bytes:
    """The event's line.

    Raises:
        Fault: it is not taken.
    """
    if type(event) is not dict:
        raise Fault("WRONG_TYPE", (), "An event is an object.")
    kind = event.get("type")
    if kind == "exposure":
        columns = _exposure(event)
    elif kind == "event":
        columns = _event(event)
    elif kind is None:
        raise _missing("type")
    else:
        raise Fault("UNKNOWN_TYPE", ("type",), "The type of an event is “exposure” or “event”.")
    columns["event_id"] = _text(event, "id", LONGEST_ID)
    columns["targeting_key"] = _text(event, "targetingKey", LONGEST_TARGETING_KEY)
    columns["time"] = clock.time_of(event.get("time"))
    properties = event.get("properties")
    columns["properties"] = {} if properties is None else texts_of(properties)
    try:
        line = dumps(columns)
    except JSONEncodeError:  # half of a surrogate pair, somewhere
        raise _unsound(columns) from None
    if b"\\" in line and not _is_sound(columns):  # what has to be escaped shows so
        raise _unsound(columns)
    return line


def _exposure(event: dict[str, Any]) -> Columns:
    if not event.keys() <= _OF_EXPOSURES:
        raise Fault(*unknown_fields(event, _OF_EXPOSURES, of="an exposure"))
    experiment, phase = _experiment(event)
    return {"flag": _key(event, "flag"), "variant": _key(event, "variant"), "experiment": experiment, "phase": phase}


def _experiment(event: dict[str, Any]) -> tuple[str, int]:
    """In which phase of which experiment the unit took part; the three fields come as the evaluation gave them."""
    given = [event.get(field) for field in _OF_EXPERIMENT]
    if given == [None, None, None]:
        return "", 0
    if None in given:
        raise _missing(_OF_EXPERIMENT[given.index(None)], " where one of experiment, phase and inExperiment is given")
    phase, took_part = given[1:]
    if type(phase) is not int:
        raise Fault("WRONG_TYPE", ("phase",), "A phase is a whole number.")
    if not 1 <= phase <= LAST_PHASE:
        raise Fault("OUT_OF_RANGE", ("phase",), "The first phase is 1.")
    if type(took_part) is not bool:
        raise Fault("WRONG_TYPE", ("inExperiment",), "This is true or false.")
    experiment = _key(event, "experiment")
    return (experiment, phase) if took_part else ("", 0)


def _event(event: dict[str, Any]) -> Columns:
    if not event.keys() <= _OF_EVENTS:
        raise Fault(*unknown_fields(event, _OF_EVENTS, of="an event"))
    return {"name": _text(event, "name", LONGEST_NAME), "value": _value(event.get("value"))}


def _value(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) is not float and type(value) is not int:
        raise Fault("WRONG_TYPE", ("value",), "The value of an event is a number.")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not -LARGEST_VALUE <= number <= LARGEST_VALUE:
        if not isfinite(number):
            raise Fault("NOT_FINITE", ("value",), "This number is beyond what a double can be.")
        raise Fault("OUT_OF_RANGE", ("value",), f"A value is at most {LARGEST_VALUE:g}, either side of 0.")
    return number


def _text(event: dict[str, Any], field: str, longest: int) -> str:
    text = event.get(field)
    if type(text) is not str:
        if text is None:
            raise _missing(field)
        raise Fault("WRONG_TYPE", (field,), "This must be a text.")
    if len(text) > longest:
        raise Fault("TOO_LONG", (field,), f"This takes at most {longest} characters, and has {len(text):,}.")
    if not text.strip():
        raise Fault("BLANK", (field,), "This must not be empty or blank.")
    return text


def _key(event: dict[str, Any], field: str) -> str:
    key = _text(event, field, LONGEST_KEY)
    if not _is_key(key):
        message = "A key starts with a letter or digit and goes on with letters, digits, “_”, “.” and “-”."
        raise Fault("BAD_KEY", (field,), message)
    return key


@lru_cache(maxsize=4096)
def _is_key(text: str) -> bool:
    return _KEY.match(text) is not None


def _missing(field: str, when: str = "") -> Fault:
    return Fault("MISSING", (field,), f"This is needed{when}.")


def _is_sound(columns: Columns) -> bool:
    """No control character but in the texts of properties, and there no NUL."""
    names = [text for text in columns.values() if type(text) is str] + list(columns["properties"])
    return not any(map(_CONTROL.search, names)) and not any("\0" in text for text in columns["properties"].values())


def _unsound(columns: Columns) -> Fault:
    message = (
        "A text may hold neither control characters (but in properties, where only NUL is barred) nor lone surrogates."
    )
    for field, column in {"id": "event_id", "targetingKey": "targeting_key", "name": "name"}.items():
        text = columns.get(column, "")
        if _CONTROL.search(text) or not is_sound_text(text):
            return Fault("BAD_TEXT", (field,), message)
    return Fault("BAD_TEXT", ("properties",), message)
