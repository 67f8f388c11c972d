"""A customer's own tables: names, types and units that are not ours, and the mapping that makes them ours."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from server.warehouse.sql import Dialect
from server.warehouse.tables import FileKind

Row = Mapping[str, Any]

EXPOSURES = {
    "table": "lake.analytics.experiment_exposures",
    "columns": {
        "environment_id": {"column": "ENV", "values": {"production": 1, "staging": 2}},
        "targeting_key": "user_id",
        "time": "exposed_at",
        "experiment": "experiment_key",
        "phase": "phase_no",
        "variant": {"column": "arm", "values": {"A": "control", "B": "new", "C": "nobody met it"}},
    },
    "properties": {"columns": {"country": "country_code", "signed in": "is_member", "país 'é'": "land"}},
}
EVENTS = {
    "table": "lake.analytics.tracks",
    "columns": {
        "environment_id": {"column": "site", "values": {"10": 1, "20": 2}},
        "event_id": "message_id",
        "targeting_key": "user_id",
        "time": {"column": "happened_us", "stored_as": "MICROSECONDS"},
        "received_at": {"column": "loaded_at", "stored_as": "SECONDS"},
        "name": "event",
        "value": "revenue",
    },
    "properties": {"json": "props"},
}
MAPPING: dict[str, Any] = {"exposures": EXPOSURES, "events": EVENTS}
"""As a document."""

ENVIRONMENTS = {1: ("production", 10), 2: ("staging", 20)}
ARMS = {"control": "A", "new": "B", "nobody met it": "C"}
TABLES = """
ATTACH ':memory:' AS lake;
CREATE SCHEMA lake.analytics;
CREATE TABLE lake.analytics.experiment_exposures (
    "ENV" VARCHAR, user_id VARCHAR, exposed_at TIMESTAMP, experiment_key VARCHAR, phase_no VARCHAR, arm VARCHAR,
    country_code VARCHAR, is_member BOOLEAN, land VARCHAR, extra BLOB
);
CREATE TABLE lake.analytics.tracks (
    message_id UUID, site SMALLINT, user_id VARCHAR, happened_us BIGINT, loaded_at DOUBLE, event VARCHAR,
    revenue DECIMAL(18, 4), props JSON
);
"""
INSERTS = {
    FileKind.EXPOSURE: """
        INSERT INTO lake.analytics.experiment_exposures BY NAME SELECT it->>'ENV' AS "ENV", it->>'user_id' AS user_id,
        make_timestamp((it->>'exposed_at')::BIGINT) AS exposed_at, it->>'experiment_key' AS experiment_key,
        it->>'phase_no' AS phase_no, it->>'arm' AS arm, it->>'country_code' AS country_code,
        (it->>'is_member')::BOOLEAN AS is_member, it->>'land' AS land
    """,
    FileKind.EVENT: """
        INSERT INTO lake.analytics.tracks BY NAME SELECT uuid() AS message_id, it->>'site' AS site,
        it->>'user_id' AS user_id, it->>'happened_us' AS happened_us, it->>'loaded_at' AS loaded_at,
        it->>'event' AS event, it->>'revenue' AS revenue, it->'props' AS props
    """,
}


def lake(rows: Mapping[FileKind, Sequence[Row]]) -> duckdb.DuckDBPyConnection:
    """A database that has our rows as they have them."""
    connection = duckdb.connect(":memory:")
    connection.execute(TABLES)
    for insert, found in (
        (INSERTS[FileKind.EXPOSURE], [_exposure(row) for row in rows[FileKind.EXPOSURE]]),
        (INSERTS[FileKind.EVENT], [_track(row) for row in rows[FileKind.EVENT]]),
    ):
        if found:
            connection.execute(f"{insert} FROM (SELECT unnest(?::JSON[]) AS it)", [[json.dumps(row) for row in found]])
    return connection


def _exposure(row: Row) -> Row:
    properties = row["properties"]
    return {
        "ENV": ENVIRONMENTS[row["environment_id"]][0],
        "user_id": row["targeting_key"],
        "exposed_at": row["time"],
        "experiment_key": row["experiment"],
        "phase_no": str(row["phase"]),
        "arm": ARMS.get(row["variant"], row["variant"]),
        "country_code": properties.get("country"),
        "is_member": properties.get("signed in"),
        "land": properties.get("país 'é'"),
    }


def _track(row: Row) -> Row:
    return {
        "site": ENVIRONMENTS[row["environment_id"]][1],
        "user_id": row["targeting_key"],
        "happened_us": row["time"],
        "loaded_at": row["received_at"] / 1e6,
        "event": row["name"],
        "revenue": row["value"],
        "props": row["properties"],
    }


def mapping_in(dialect: Dialect) -> dict[str, Any]:
    """The mapping; where a column can be a map of texts, with one."""
    if dialect is Dialect.DATABRICKS:
        return {**MAPPING, "events": {**EVENTS, "properties": {"map": "props"}}}
    return MAPPING
