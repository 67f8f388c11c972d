"""Makes the tables in a ClickHouse, and brings them to the time that rows are kept. Touches no row itself."""

import re
from dataclasses import dataclass
from typing import Any

from server.warehouse.clickhouse.schema import cluster_of, kept_for, quoted, single_server
from server.warehouse.tables import NAMES, FileKind

DISTRIBUTED = re.compile(r"Distributed\('([^']+)', '([^']+)', '([^']+)'")
ENGINE = "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {name:String}"


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table that holds rows: its name in an ALTER or a DELETE, on every shard, and how it was made."""

    name: str
    engine: str


def make_tables(client: Any, *, database: str, cluster: str | None, keep_days: int) -> list[str]:
    """Make what lacks; what is there keeps its rows. Gives the statements that were run."""
    if cluster is None:
        statements = single_server(database=database, keep_days=keep_days)
    else:
        statements = cluster_of(cluster, database=database, keep_days=keep_days)
    for statement in statements:
        client.command(statement)
    for kind in FileKind:
        table = stored_table(client, kind, database=database)
        change = kept_for(keep_days, table=table.name, engine=table.engine)
        if change is not None:
            client.command(change)
            statements.append(change)
    return statements


def stored_table(client: Any, kind: FileKind, *, database: str | None = None) -> StoredTable:
    """Where the rows of a kind lie: the table itself, or those behind it on a cluster's shards."""
    database = database or str(client.command("SELECT currentDatabase()"))
    engine = _engine(client, database, NAMES[kind])
    behind = DISTRIBUTED.match(engine)
    if behind is None:
        return StoredTable(f"{quoted(database)}.{quoted(NAMES[kind])}", engine)
    cluster, database, name = behind.groups()
    return StoredTable(
        f"{quoted(database)}.{quoted(name)} ON CLUSTER {quoted(cluster)}", _engine(client, database, name)
    )


def _engine(client: Any, database: str, name: str) -> str:
    found = client.query(ENGINE, parameters={"database": database, "name": name})
    return str(found.result_rows[0][0])
