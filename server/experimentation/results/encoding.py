"""Frozen results as JSON that a database keeps, and back, exactly. Knows no result by name, and computes nothing.

What is written follows from the dataclasses themselves. Where a field may be one of several, its JSON names the
class. Infinities and NaN, which JSON columns refuse, are texts. Readers ignore fields that they do not know and
give those that are missing their defaults; any other change of a class is a new `VERSION`.
"""

import math
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints, overload

T = TypeVar("T")
Json = Any

VERSION = 1
KIND = "kind"
"""Names the class where a field may be one of several."""

_NOT_FINITE = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


class UnreadableDocument(ValueError):
    """A stored document that this version of the server cannot read: of a later one, or damaged."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type are written and read."""

    write: Callable[[Any], Json]
    read: Callable[[Json], Any]


def to_json(value: Any) -> dict[str, Json]:
    """A frozen dataclass as a JSON object, with its name and the version of its form."""
    return {"version": VERSION, "content": _codec_of(_OneOf((type(value),))).write(value)}


@overload
def from_json(document: Json, kind: type[T]) -> T: ...
@overload
def from_json(document: Json, kind: UnionType) -> Any: ...
def from_json(document: Json, kind: Any) -> Any:
    """What `to_json` was given: of this class, or of one of these.

    Raises:
        UnreadableDocument: it is of a later version, or no document of this kind.
    """
    if not isinstance(document, dict) or type(document.get("version")) is not int:
        raise UnreadableDocument("The document does not say its version.")
    if not 1 <= document["version"] <= VERSION:
        raise UnreadableDocument(f"The document is of version {document['version']}, and this server reads {VERSION}.")
    return _codec_of(_OneOf(get_args(kind) or (kind,))).read(document.get("content"))


def codec_of(kind: Any) -> Codec:
    """The codec of a type: of numbers, texts, enums, tuples, frozen dataclasses, and unions of these.

    Raises:
        TypeError: values of this type are not written.
    """
    return _codec_of(_OneOf(get_args(kind)) if get_origin(kind) in (Union, UnionType) else kind)


@dataclass(frozen=True, slots=True)
class _OneOf:
    """A union; one of a single member says which it is all the same."""

    members: tuple[Any, ...]


@cache
def _codec_of(kind: Any) -> Codec:
    if isinstance(kind, _OneOf):
        return _of_union(kind.members)
    if get_origin(kind) is tuple and get_args(kind)[1:] == (...,):
        return _of_tuple(codec_of(get_args(kind)[0]))
    if kind is float:
        return Codec(_write_float, _read_float)
    if kind is NoneType:
        return Codec(lambda value: None, _read_none)
    if kind in (int, str, bool):
        return Codec(kind, _reader_of(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Codec(lambda value: value.value, _reader_of_enum(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return _of_dataclass(kind)
    raise TypeError(f"{kind} has no form in JSON.")


def _write_float(value: float) -> Json:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    # PostgreSQL's numbers have no negative zero.
    return float(value) + 0.0


def _read_float(found: Json) -> float:
    """A number; one that is whole may have lost its point on the way."""
    if isinstance(found, str) and found in _NOT_FINITE:
        return _NOT_FINITE[found]
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong("a number", found)
    return float(found)


def _read_none(found: Json) -> None:
    if found is not None:
        raise _wrong("null", found)


def _reader_of(kind: type) -> Callable[[Json], Any]:
    def read(found: Json) -> Any:
        if type(found) is not kind:
            raise _wrong(kind.__name__, found)
        return found

    return read


def _reader_of_enum(kind: type[Enum]) -> Callable[[Json], Enum]:
    def read(found: Json) -> Enum:
        try:
            return kind(found)
        except ValueError:
            raise _wrong(kind.__name__, found) from None

    return read


def _of_tuple(item: Codec) -> Codec:
    def read(found: Json) -> tuple[Any, ...]:
        if not isinstance(found, list):
            raise _wrong("a list", found)
        return tuple(map(item.read, found))

    return Codec(lambda value: list(map(item.write, value)), read)


def _of_union(members: tuple[Any, ...]) -> Codec:
    """Dataclasses say their name; at most one other type stands beside them, and null."""
    kinds = {each.__name__: each for each in members if isinstance(each, type) and is_dataclass(each)}
    others = [each for each in members if not is_dataclass(each) and each is not NoneType]
    if len(others) > 1 or len(kinds) + len(others) + (NoneType in members) < len(members):
        raise TypeError(f"A value of {members} could not be told from others.")
    other = codec_of(others[0]) if others else codec_of(NoneType)

    codecs = {name: codec_of(each) for name, each in kinds.items()}

    def write(value: Any) -> Json:
        name = type(value).__name__
        if kinds.get(name) is type(value):
            return {KIND: name, **codecs[name].write(value)}
        return None if value is None else other.write(value)

    def read(found: Json) -> Any:
        if found is None and NoneType in members:
            return None
        if not kinds or (others and not isinstance(found, dict)):
            return other.read(found)
        name = found.get(KIND) if isinstance(found, dict) else None
        if not isinstance(name, str) or name not in codecs:
            raise _wrong(" or ".join(kinds), name)
        return codecs[name].read(found)

    return Codec(write, read)


def _of_dataclass(kind: type) -> Codec:
    hints = get_type_hints(kind)
    parts = [_Part(each, codec_of(hints[each.name])) for each in fields(kind)]
    if any(each.name == KIND for each in parts):
        raise TypeError(f"{kind} has a field of the name that says the class.")

    def write(value: Any) -> Json:
        return {each.name: each.codec.write(getattr(value, each.name)) for each in parts}

    def read(found: Json) -> Any:
        if not isinstance(found, dict):
            raise _wrong(kind.__name__, found)
        missing = [each.name for each in parts if each.name not in found and not each.has_default]
        if missing:
            raise UnreadableDocument(f"A {kind.__name__} without its {missing[0]}.")
        values = {each.name: each.codec.read(found[each.name]) for each in parts if each.name in found}
        try:
            return kind(**values)
        except ValueError as problem:
            raise UnreadableDocument(f"No {kind.__name__} can be so: {problem}") from problem

    return Codec(write, read)


class _Part:
    """A field of a dataclass: its name, its codec, and whether it may be missing."""

    def __init__(self, field: Field[Any], codec: Codec) -> None:
        self.name, self.codec = field.name, codec
        self.has_default = field.default is not MISSING or field.default_factory is not MISSING


def _wrong(expected: str, found: Json) -> UnreadableDocument:
    return UnreadableDocument(f"Where there should be {expected}, there is {str(found)[:50]!r}.")
