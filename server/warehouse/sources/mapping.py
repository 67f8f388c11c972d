"""The mapping file: where a customer's own tables have what exposures and events are. Reads no table.

docs/warehouse.md has the format. Every problem of a file is named at once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from server.global_ids import decode_id
from server.warehouse.sources.fields import Fields
from server.warehouse.tables import COLUMNS, NAMES, FileKind

Value = str | int | float | None


class StoredAs(StrEnum):
    """How a table has a moment: as a type of its own, or as a number since the epoch."""

    TIMESTAMP = "TIMESTAMP"
    SECONDS = "SECONDS"
    MILLISECONDS = "MILLISECONDS"
    MICROSECONDS = "MICROSECONDS"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of theirs. With ``values``, theirs by ours: what is not among them is null. Times say how."""

    name: str
    values: Mapping[str, str | int] | None = None
    stored_as: StoredAs = StoredAs.TIMESTAMP


@dataclass(frozen=True, slots=True)
class Constant:
    """The same in every row."""

    value: Value


class PropertiesIn(StrEnum):
    """Where the properties are: each in a column, or all in one."""

    COLUMNS = "columns"
    JSON = "json"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Properties:
    """Columns by property, or the one column (whose name is then the only key)."""

    where: PropertiesIn
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MappedTable:
    """One of our two tables in terms of one of theirs."""

    table: tuple[str, ...]
    columns: Mapping[str, Column | Constant]
    properties: Properties | None


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """Both tables, and how long after it happened an event may still come into theirs."""

    tables: Mapping[FileKind, MappedTable]
    lag: timedelta = timedelta(0)


REQUIRED = {
    FileKind.EXPOSURE: ("environment_id", "targeting_key", "time", "variant", "experiment", "phase"),
    FileKind.EVENT: ("environment_id", "targeting_key", "time", "name"),
}
"""What a table cannot be read without; of the others there is a default."""

MOST_LAG = 30 * 24 * 60 * 60

TIMES = ("time", "received_at")
KINDS = {"int64": (int, "a whole number"), "int32": (int, "a whole number"), "string": (str, "a text")}


def read_mapping(path: str) -> SourceMapping:
    """The mapping in a file.

    Raises:
        ImproperlyConfigured: there is none, or it is not one; the message names every problem.
    """
    if not path:
        raise ImproperlyConfigured("WAREHOUSE_MAPPING: a warehouse that is only read needs a mapping file")
    try:
        document = json.loads(Path(path).read_text())
    except OSError as problem:
        raise ImproperlyConfigured(f"WAREHOUSE_MAPPING: {path}: {problem.strerror}") from problem
    except ValueError as problem:
        raise ImproperlyConfigured(f"WAREHOUSE_MAPPING: {path} is not JSON: {problem}") from problem
    return mapping_of(document)


def mapping_of(document: Any) -> SourceMapping:
    """The mapping that a document says.

    Raises:
        ImproperlyConfigured: it says none; the message names every problem.
    """
    problems: list[str] = []
    top = Fields(document, "", problems)
    found = {kind: _table(kind, top.object(NAMES[kind])) for kind in FileKind}
    lag = _lag(top)
    top.refuse_others()
    if problems:
        raise ImproperlyConfigured("WAREHOUSE_MAPPING: " + "; ".join(problems))
    return SourceMapping(found, lag)


def _lag(given: Fields) -> timedelta:
    seconds = given.take("lag") if "lag" in given else 0
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= MOST_LAG:
        given.refuse("lag", f"is not a whole number of seconds, from 0 to {MOST_LAG}")
        return timedelta(0)
    return timedelta(seconds=seconds)


def _table(kind: FileKind, given: Fields) -> MappedTable:
    name = given.text("table")
    parts = tuple(name.split("."))
    if name and (len(parts) > 3 or not all(parts) or set("\"'`\\\n") & set(name)):
        given.refuse("table", "is not a name of one to three parts, with dots between and no quotes")
    columns = given.object("columns")
    found = {}
    for column, type_ in COLUMNS[kind].items():
        if column != "properties" and (column in columns or column in REQUIRED[kind]):
            found[column] = _source(column, type_, columns)
    columns.refuse_others()
    properties = _properties(given.object("properties")) if "properties" in given else None
    given.refuse_others()
    return MappedTable(parts, found, properties)


def _source(name: str, type_: str, columns: Fields) -> Column | Constant:
    if isinstance(columns.peek(name), str):
        return Column(columns.text(name))
    given = columns.object(name)
    if "constant" in given:
        value = _ours(name, given.take("constant"))
        kind, wanted = KINDS.get(type_, (int | float | None, "a number or null"))
        if name in TIMES:
            given.refuse("constant", "cannot be: a time is a column")
        elif isinstance(value, bool) or not isinstance(value, kind):
            given.refuse("constant", f"is not {_wanted(name, wanted)}")
        given.refuse_others()
        return Constant(value)
    column = given.text("column")
    values = _values(name, given, type_) if "values" in given else None
    stored_as = StoredAs.TIMESTAMP
    if name in TIMES and "stored_as" in given:
        stored_as = given.one_of("stored_as", StoredAs) or stored_as
    given.refuse_others()
    return Column(column, values, stored_as)


def _ours(name: str, value: Any) -> Any:
    """The value that our table has: of an environment whose global id is given, its key."""
    if name != "environment_id" or not isinstance(value, str):
        return value
    return decode_id(value, "Environment") or value


def _wanted(name: str, wanted: str) -> str:
    return "the id of an environment" if name == "environment_id" else wanted


def _values(name: str, given: Fields, type_: str) -> dict[str, str | int] | None:
    if type_ not in KINDS or not set(given) <= {"column", "values"}:
        given.refuse("values", "are for texts and whole numbers")
    values = given.object("values")
    kind, wanted = KINDS.get(type_, KINDS["string"])
    found = {}
    for theirs in list(values):
        ours = _ours(name, values.take(theirs))
        if isinstance(ours, bool) or not isinstance(ours, kind):
            values.refuse(theirs, f"is not {_wanted(name, wanted)}")
        found[theirs] = ours
    return found


def _properties(given: Fields) -> Properties | None:
    if len(list(given)) != 1:
        given.refuse(None, "has one of columns, json and map")
        return None
    [where] = given
    if where == PropertiesIn.COLUMNS:
        columns = given.object(where)
        found = {name: columns.text(name) for name in list(columns)}
        return Properties(PropertiesIn.COLUMNS, found)
    if where in (PropertiesIn.JSON, PropertiesIn.MAP):
        column = given.text(where)
        return Properties(PropertiesIn(where), {column: column})
    given.refuse_others()
    return None
