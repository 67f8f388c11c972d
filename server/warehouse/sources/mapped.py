"""A customer's table as one of ours: an expression with our columns, and no others. Asks no question.

Nothing is known of the types of theirs, so that every column is cast. Rows without a unit, a time or
an environment are left out; other gaps are filled as our own tables would have them.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
from django.core.exceptions import ImproperlyConfigured

from server.warehouse.sources.dialects import WITH_MAPS, as_timestamp, microseconds, text_in_json, timestamp
from server.warehouse.sources.mapping import Column, Constant, MappedTable, Properties, PropertiesIn, StoredAs
from server.warehouse.sql import Dialect
from server.warehouse.tables import COLUMNS, NAMES, FileKind

FILLED: dict[str, str | int] = {"string": "", "int32": 0}
MICROSECONDS = {StoredAs.SECONDS: 1_000_000, StoredAs.MILLISECONDS: 1_000, StoredAs.MICROSECONDS: 1}
NEVER_NULL = ("environment_id", "targeting_key", "time")
MAP = "map<string, string>"


class MappedTables:
    """Both tables in one dialect."""

    def __init__(self, mapping: Mapping[FileKind, MappedTable], dialect: Dialect) -> None:
        self.dialect = dialect
        self._mapping = mapping
        names = {name for it in mapping.values() if it.properties for name in it.properties.columns}
        self._fields = {name: f"p{place}" for place, name in enumerate(sorted(names))}
        for kind, it in mapping.items():
            if it.properties and it.properties.where is PropertiesIn.MAP and dialect not in WITH_MAPS:
                raise ImproperlyConfigured(
                    f"WAREHOUSE_MAPPING: {NAMES[kind]}.properties.map cannot be in {dialect}: it has columns or json"
                )

    def table(self, kind: FileKind, *, since: int | None = None, until: int | None = None) -> Any:
        """The table, with exactly our columns; its properties are whatever `property` looks into.

        Times (microseconds) are compared with their own column, as it is stored: so that their
        partitions need not all be read. A row just outside may still be there.
        """
        mapped = self._mapping[kind]
        theirs = _theirs(mapped)
        near = _near(theirs, mapped.columns["time"], since, until, self.dialect)
        theirs = theirs.filter(near) if near else theirs
        columns: dict[str, Any] = {}
        for name, type_ in COLUMNS[kind].items():
            if name == "properties":
                columns[name] = self._properties(theirs, mapped.properties)
            elif name == "received_at" and name not in mapped.columns:
                columns[name] = columns["time"]
            else:
                columns[name] = _column(theirs, mapped.columns.get(name, Constant(None)), name, type_, self.dialect)
        ours = theirs.select(**columns)
        return ours.filter(
            ours[name].notnull() for name in NEVER_NULL if not isinstance(mapped.columns[name], Constant)
        )

    def property(self, table: Any, name: str) -> Any:
        """A property as a text, wherever it is; null where no column is mapped to it."""
        properties = table["properties"]
        kind = properties.type()
        if kind.is_json():
            return text_in_json(properties, name, self.dialect)
        if kind.is_map():
            return properties.get(name)
        if kind.is_struct() and self._fields.get(name) in kind.names:
            return properties[self._fields[name]]
        return ibis.null("string")

    def _properties(self, theirs: Any, given: Properties | None) -> Any:
        if given is None or not given.columns:
            return ibis.null("string")
        if given.where is PropertiesIn.COLUMNS:
            return ibis.struct({self._fields[ours]: theirs[it].cast("string") for ours, it in given.columns.items()})
        [column] = given.columns
        return theirs[column]


def _theirs(mapped: MappedTable) -> Any:
    """Their table, as far as it is used."""
    types: dict[str, Any] = {it.name: dt.unknown for it in mapped.columns.values() if isinstance(it, Column)}
    if mapped.properties:
        where = mapped.properties.where
        type_ = {PropertiesIn.JSON: "json", PropertiesIn.MAP: MAP, PropertiesIn.COLUMNS: dt.unknown}[where]
        types |= dict.fromkeys(mapped.properties.columns.values(), type_)
    *before, name = mapped.table
    catalog, database = [None, None, *before][-2:]
    return ibis.table(types, name=name, catalog=catalog, database=database)


def _column(theirs: Any, source: Column | Constant, name: str, type_: str, dialect: Dialect) -> Any:
    if isinstance(source, Constant):
        value = FILLED.get(type_) if source.value is None else source.value
        return ibis.literal(value, type_)
    column = theirs[source.name]
    if name in ("time", "received_at"):
        return _moment(column, source.stored_as, dialect)
    if source.values is not None:
        cases = [(theirs_, ibis.literal(ours, type_)) for theirs_, ours in source.values.items()]
        column = column.cast("string").cases(*cases, else_=ibis.null(type_))
    else:
        column = column.cast(type_)
    return (
        column.fill_null(ibis.literal(FILLED[type_], type_)) if type_ in FILLED and name != "targeting_key" else column
    )


def _moment(column: Any, stored_as: StoredAs, dialect: Dialect) -> Any:
    if stored_as is StoredAs.TIMESTAMP:
        return microseconds(column, dialect)
    if stored_as is StoredAs.MICROSECONDS:
        return column.cast("int64")
    # A double holds whole microseconds exactly until the year 2255.
    return (column.cast("float64") * float(MICROSECONDS[stored_as])).round().cast("int64")


def _near(theirs: Any, time: Column | Constant, since: int | None, until: int | None, dialect: Dialect) -> list[Any]:
    """At or after the one, before the other, as far as their column can say so."""
    if isinstance(time, Constant):
        return []
    column = theirs[time.name]

    def stored(moment: int) -> Any:
        if time.stored_as is StoredAs.TIMESTAMP:
            return timestamp(moment, dialect)
        return moment if time.stored_as is StoredAs.MICROSECONDS else moment / MICROSECONDS[time.stored_as]

    if time.stored_as is StoredAs.TIMESTAMP:
        column = as_timestamp(column, dialect)
    else:
        column = column.cast("int64" if time.stored_as is StoredAs.MICROSECONDS else "float64")
    after = [] if since is None else [column >= stored(since)]
    before = [] if until is None else [column < stored(until)]
    return after + before
