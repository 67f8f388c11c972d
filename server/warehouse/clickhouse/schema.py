"""The tables in ClickHouse, as statements; runs none of them.

Rows lie in the order in which questions read them: of one environment, one experiment (or event name),
unit by unit, in time. The same row twice is one row: merges remove the second, and questions read
as if they had (``final``).
"""

from server.warehouse.tables import COLUMNS, NAMES, FileKind

TYPES = {
    "environment_id": "Int64 CODEC(ZSTD(1))",
    "event_id": "String CODEC(ZSTD(1))",
    "targeting_key": "String CODEC(ZSTD(1))",
    "time": "Int64 CODEC(Delta(8), ZSTD(1))",
    "received_at": "Int64 CODEC(Delta(8), ZSTD(1))",
    "flag": "LowCardinality(String)",
    "variant": "LowCardinality(String)",
    "experiment": "LowCardinality(String)",
    "phase": "Int32 CODEC(ZSTD(1))",
    "name": "LowCardinality(String)",
    "value": "Nullable(Float64) CODEC(ZSTD(1))",
    "properties": "Map(LowCardinality(String), String) CODEC(ZSTD(1))",
}
SUBJECTS = {FileKind.EXPOSURE: "experiment", FileKind.EVENT: "name"}
"""What a question picks rows by, after the environment."""

MOMENT = "fromUnixTimestamp64Micro(time, 'UTC')"
SINGLE, REPLICATED = "non_replicated_deduplication_window", "replicated_deduplication_window"
REMEMBERED_INSERTS = 10_000
"""How many inserts a table recognises when they come again; older ones are caught by the sorting key."""


def single_server(*, database: str, keep_days: int) -> list[str]:
    """The database and tables of one server."""
    return [f"CREATE DATABASE IF NOT EXISTS {quoted(database)}", *tables(database=database, keep_days=keep_days)]


def tables(*, keep_days: int, database: str | None = None) -> list[str]:
    """The tables of one server, in a database or in the client's own."""
    return [
        _stored(
            kind, name=_named(NAMES[kind], database), engine="ReplacingMergeTree", keep_days=keep_days, window=SINGLE
        )
        for kind in FileKind
    ]


def cluster_of(cluster: str, *, database: str, keep_days: int) -> list[str]:
    """The tables of a cluster: on every shard one that its replicas share, and one in front of them all.

    A unit lives on one shard, whatever it did.
    """
    statements = [f"CREATE DATABASE IF NOT EXISTS {quoted(database)} ON CLUSTER {quoted(cluster)}"]
    for kind in FileKind:
        stored = _stored(
            kind,
            name=f"{_named(local(kind), database)} ON CLUSTER {quoted(cluster)}",
            engine="ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
            keep_days=keep_days,
            window=REPLICATED,
        )
        in_front = (
            f"CREATE TABLE IF NOT EXISTS {_named(NAMES[kind], database)} ON CLUSTER {quoted(cluster)}\n"
            f"{_columns(kind)}\n"
            f"ENGINE = Distributed('{cluster}', '{database}', '{local(kind)}', cityHash64(targeting_key))"
        )
        statements += [stored, in_front]
    return statements


def kept_for(keep_days: int, *, table: str, engine: str) -> str | None:
    """What lets a table that is there keep rows for another time (0 days: for ever); none where it does so already.

    ``engine`` is how the table was made, as system.tables says it in ``engine_full``.
    """
    if not keep_days:
        return f"ALTER TABLE {table} REMOVE TTL" if " TTL " in engine else None
    return None if f" {_ttl(keep_days)} " in engine else f"ALTER TABLE {table} MODIFY {_ttl(keep_days)}"


def local(kind: FileKind) -> str:
    """What a shard's own table is called."""
    return f"{NAMES[kind]}_local"


def quoted(name: str) -> str:
    """A name as an identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _stored(kind: FileKind, *, name: str, engine: str, keep_days: int, window: str) -> str:
    subject = SUBJECTS[kind]
    lines = [
        f"CREATE TABLE IF NOT EXISTS {name}",
        _columns(kind),
        f"ENGINE = {engine}",
        f"PARTITION BY toYYYYMM({MOMENT})",
        f"PRIMARY KEY (environment_id, {subject}, targeting_key)",
        f"ORDER BY (environment_id, {subject}, targeting_key, time, event_id)",
        _ttl(keep_days) if keep_days else "",
        f"SETTINGS {window} = {REMEMBERED_INSERTS}, ttl_only_drop_parts = 1",
    ]
    return "\n".join(line for line in lines if line)


def _columns(kind: FileKind) -> str:
    columns = ",\n".join(f"    {quoted(name)} {TYPES[name]}" for name in COLUMNS[kind])
    return f"(\n{columns}\n)"


def _ttl(keep_days: int) -> str:
    return f"TTL toDateTime({MOMENT}) + toIntervalDay({keep_days})"


def _named(table: str, database: str | None) -> str:
    return f"{quoted(database)}.{quoted(table)}" if database else quoted(table)
