"""What Ibis does not write alike for every source: moments as whole microseconds, and a text out of JSON. No I/O."""

from typing import Any

import ibis

from server.warehouse.sql import Dialect
from server.warehouse.times import moment_of

WITH_MAPS = {Dialect.DATABRICKS, Dialect.DUCKDB}
"""Where a column can be a map of texts."""


def _of_one(_argument: Any) -> None:
    """Stands for a function of the engine's own."""


def _of_two(_first: Any, _second: Any) -> None:
    """Stands for a function of the engine's own."""


def _function(name: str, *arguments: str, gives: str) -> Any:
    stub = _of_one if len(arguments) == 1 else _of_two
    return ibis.udf.scalar.builtin(name=name, signature=(arguments, gives))(stub)


ZONED = "timestamp('UTC')"
UNIX_MICROS = _function("UNIX_MICROS", ZONED, gives="int64")
DATE_PART = _function("DATE_PART", "string", ZONED, gives="int64")
EPOCH_US = _function("EPOCH_US", "timestamp", gives="int64")

JSON_VALUE = _function("JSON_VALUE", "json", "string", gives="string")
GET = _function("GET", "json", "string", gives="json")
GET_JSON_OBJECT = _function("GET_JSON_OBJECT", "json", "string", gives="string")
JSON_EXTRACT_STRING = _function("JSON_EXTRACT_STRING", "json", "string", gives="string")


def as_timestamp(moment: Any, dialect: Dialect) -> Any:
    """A column of theirs as a moment; one without a zone is in UTC."""
    return moment.cast("timestamp" if dialect is Dialect.DUCKDB else ZONED)


def timestamp(microseconds: int, dialect: Dialect) -> Any:
    """A moment to compare that with."""
    moment = moment_of(microseconds)
    return moment.replace(tzinfo=None) if dialect is Dialect.DUCKDB else moment


def microseconds(moment: Any, dialect: Dialect) -> Any:
    """A column of theirs as whole microseconds since the epoch."""
    moment = as_timestamp(moment, dialect)
    if dialect is Dialect.DUCKDB:
        return EPOCH_US(moment)
    return DATE_PART("EPOCH_MICROSECOND", moment) if dialect is Dialect.SNOWFLAKE else UNIX_MICROS(moment)


def text_in_json(document: Any, name: str, dialect: Dialect) -> Any:
    """A field of a JSON object as a text: null where it has none."""
    if dialect is Dialect.SNOWFLAKE:
        return GET(document, name).cast("string")
    if dialect is Dialect.DATABRICKS:
        return GET_JSON_OBJECT(document, f"$['{name}']")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    if dialect is Dialect.BIGQUERY:
        return JSON_VALUE(document, f'$."{quoted}"')
    return JSON_EXTRACT_STRING(document, f'$."{quoted}"')
