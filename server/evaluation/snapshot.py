"""The documented form of what an environment serves, version 1, as JSON; compiles nothing, reads no database.

``docs/snapshot.md`` describes it for those who evaluate in process. A document is never
changed after it was made: what did not change is known by its identity.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar

FORMAT = 1

CONTROL_ARM = "control"
"""The arm that is no option, in runs and as a variant."""

T = TypeVar("T")


class BadSnapshot(ValueError):
    """A document, or a part of it, is not what the format says."""


class EnvironmentName(TypedDict):
    """The environment that a document is of."""

    id: str
    name: str


class PerhapsAtFault(TypedDict, total=False):
    """A flag or a segment that could not be written has this field, and no other one."""

    fault: str


class SegmentDocument(PerhapsAtFault):
    """Whom an override reaches. One that is not open matches nobody, and its rules are not read."""

    name: str
    system: bool
    open: bool
    rules: Mapping[str, object]


class SplitDocument(TypedDict):
    """A bucket map: runs of ``[length, arm]`` from bucket 0 on; an arm is an option's key or ``control``."""

    salt: str
    runs: list[tuple[int, str]] | list[list[int | str]]


class StateDocument(TypedDict):
    """What is served: the value is control's, and with no split everyone's."""

    enabled: bool
    value: Any
    split: SplitDocument | None


class RunningExperiment(TypedDict):
    """The experiment that an override belongs to while it runs."""

    key: str
    phase: int


class OverrideDocument(StateDocument):
    """What is served to the units of a segment."""

    segment: str
    experiment: RunningExperiment | None


class _Identity(TypedDict):
    enabled: bool


class IdentityDocument(_Identity, total=False):
    """What is served to one targeting key: the option of ``variant``, or ``value``."""

    variant: str
    value: Any


class FlagDocument(PerhapsAtFault):
    """One flag. ``default`` is the feature's value, served where a flag is disabled."""

    type: str
    serverOnly: bool
    default: Any
    options: Mapping[str, Any]
    identities: Mapping[str, IdentityDocument]
    overrides: list[OverrideDocument]
    state: StateDocument


class EnvironmentDocument(TypedDict):
    """A whole snapshot. Segments go by their id, flags by their key."""

    format: int
    environment: EnvironmentName
    revision: int
    segments: Mapping[str, SegmentDocument]
    flags: Mapping[str, FlagDocument]


def fault_of(document: object) -> str | None:
    """Why there is no more of a flag or a segment than its name; None where there is all of it."""
    return str(document["fault"]) if isinstance(document, Mapping) and "fault" in document else None


def read(document: object, name: str, kind: type[T], *, where: str = "") -> T:
    """A field of an object, if it is of exactly this type: a boolean is no number.

    Raises:
        BadSnapshot: it is of another type, or not there.
    """
    value = document.get(name) if isinstance(document, Mapping) else None
    if type(value) is not kind:
        raise BadSnapshot(f"{where}{name} must be of type {kind.__name__}")
    return value


def read_value(document: object, name: str, value_type: str, *, where: str = "") -> Any:
    """A value of a flag, as its type says; of a ``FLOAT`` always a float, so that it is written as one."""
    value = document.get(name) if isinstance(document, Mapping) else None
    match value_type, value:
        case ("BOOLEAN", bool()) | ("STRING", str()):
            return value
        case ("INTEGER", int()) if not isinstance(value, bool):
            return value
        case ("FLOAT", int() | float()) if not isinstance(value, bool) and math.isfinite(value):
            return float(value) + 0.0
        case ("JSON", bool() | int() | float() | str() | list() | dict()):
            return value
        case (("BOOLEAN" | "STRING" | "INTEGER" | "FLOAT" | "JSON"), _):
            raise BadSnapshot(f"{where}{name} is no value of type {value_type}")
    raise BadSnapshot(f"{value_type!r} is no type of a flag")


def same(one: object, other: object) -> bool:
    """Whether two documents are the same JSON: unlike in Python, ``true`` is not ``1``."""
    return one is other or (one == other and json.dumps(one) == json.dumps(other))
