"""The tables have an order that fits the questions, and on a cluster the same one on every shard."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import sqlglot
from django.core.management import CommandError, call_command
from sqlglot import expressions as sql

from server.warehouse.clickhouse.client import Connect, Limits, limits_of_settings
from server.warehouse.clickhouse.schema import cluster_of, kept_for, single_server
from server.warehouse.clickhouse.setup import make_tables, stored_table
from server.warehouse.tables import COLUMNS, NAMES, FileKind
from tests.warehouse.clickhouse.in_process import asked


def printed(**options: Any) -> str:
    out = StringIO()
    call_command("warehouse_schema", only_print=True, stdout=out, **options)
    return out.getvalue()


def parsed(statements: str) -> list[sql.Create]:
    """The tables' statements, as a parser of ClickHouse's SQL reads them."""
    trees = [tree for tree in sqlglot.parse(statements, dialect="clickhouse") if tree is not None]
    assert all(isinstance(tree, sql.Create) for tree in trees)
    return [tree for tree in trees if isinstance(tree, sql.Create) and tree.kind == "TABLE"]


def test_printed_tables_have_the_columns_that_every_engine_has() -> None:
    for statements in (printed(), printed(cluster="main")):
        for table in parsed(statements):
            name = table.find(sql.Table).name.removesuffix("_local")
            [kind] = [kind for kind in FileKind if NAMES[kind] == name]
            assert [column.name for column in table.find_all(sql.ColumnDef)] == list(COLUMNS[kind])


def test_the_events_of_one_server() -> None:
    assert single_server(database="shop", keep_days=400)[2] == (
        "CREATE TABLE IF NOT EXISTS `shop`.`events`\n"
        "(\n"
        "    `environment_id` Int64 CODEC(ZSTD(1)),\n"
        "    `event_id` String CODEC(ZSTD(1)),\n"
        "    `targeting_key` String CODEC(ZSTD(1)),\n"
        "    `time` Int64 CODEC(Delta(8), ZSTD(1)),\n"
        "    `received_at` Int64 CODEC(Delta(8), ZSTD(1)),\n"
        "    `name` LowCardinality(String),\n"
        "    `value` Nullable(Float64) CODEC(ZSTD(1)),\n"
        "    `properties` Map(LowCardinality(String), String) CODEC(ZSTD(1))\n"
        ")\n"
        "ENGINE = ReplacingMergeTree\n"
        "PARTITION BY toYYYYMM(fromUnixTimestamp64Micro(time, 'UTC'))\n"
        "PRIMARY KEY (environment_id, name, targeting_key)\n"
        "ORDER BY (environment_id, name, targeting_key, time, event_id)\n"
        "TTL toDateTime(fromUnixTimestamp64Micro(time, 'UTC')) + toIntervalDay(400)\n"
        "SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1"
    )


def test_a_cluster_has_replicated_tables_behind_one_that_shards_by_unit() -> None:
    database, exposures, in_front, *_ = cluster_of("main", database="shop", keep_days=0)

    assert database == "CREATE DATABASE IF NOT EXISTS `shop` ON CLUSTER `main`"
    assert exposures.startswith("CREATE TABLE IF NOT EXISTS `shop`.`exposures_local` ON CLUSTER `main`\n")
    assert exposures.partition("ENGINE")[2] == (
        " = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')\n"
        "PARTITION BY toYYYYMM(fromUnixTimestamp64Micro(time, 'UTC'))\n"
        "PRIMARY KEY (environment_id, experiment, targeting_key)\n"
        "ORDER BY (environment_id, experiment, targeting_key, time, event_id)\n"
        "SETTINGS replicated_deduplication_window = 10000, ttl_only_drop_parts = 1"
    )
    assert in_front.startswith("CREATE TABLE IF NOT EXISTS `shop`.`exposures` ON CLUSTER `main`\n")
    assert in_front.partition("ENGINE")[2] == (
        " = Distributed('main', 'shop', 'exposures_local', cityHash64(targeting_key))"
    )


def test_clickhouse_itself_reads_a_clusters_statements(connect: Connect) -> None:
    for statement in cluster_of("main", database="shop", keep_days=400):
        assert asked(connect, f"EXPLAIN AST {statement}").startswith("Create")


class OfACluster:
    """Stands in for a client of a cluster, which one process cannot be: knows how the tables were made."""

    ENGINES = {
        "events": "Distributed('main', 'shop', 'events_local', cityHash64(targeting_key))",
        "events_local": "ReplicatedReplacingMergeTree('/path', '{replica}') ORDER BY time TTL toDateTime(time) ",
    }

    def query(self, _statement: str, parameters: dict[str, str]) -> Any:
        assert parameters["database"] == "shop"
        return SimpleNamespace(result_rows=[(self.ENGINES[parameters["name"]],)])


def test_rows_of_a_cluster_lie_in_the_tables_of_its_shards() -> None:
    table = stored_table(OfACluster(), FileKind.EVENT, database="shop")

    assert table.name == "`shop`.`events_local` ON CLUSTER `main`"
    assert kept_for(0, table=table.name, engine=table.engine) == (
        "ALTER TABLE `shop`.`events_local` ON CLUSTER `main` REMOVE TTL"
    )


def test_what_is_printed_needs_no_server_and_names_the_database(settings: Any) -> None:
    settings.WAREHOUSE_URL = "clickhouse://ann:hunter2@nowhere.invalid/shop"

    assert printed(cluster="main") == "".join(f"{it};\n\n" for it in cluster_of("main", database="shop", keep_days=0))
    assert printed(database="lab") == "".join(f"{it};\n\n" for it in single_server(database="lab", keep_days=0))


@pytest.mark.parametrize(("written", "memory"), [("2GB", 2 * 10**9), ("512 MiB", 512 * 2**20), ("1.5TB", 15 * 10**11)])
def test_limits_are_those_of_the_settings(settings: Any, written: str, memory: int) -> None:
    settings.WAREHOUSE_MEMORY, settings.WAREHOUSE_TIMEOUT, settings.WAREHOUSE_KEEP_DAYS = written, 60, 400

    assert limits_of_settings() == Limits(memory=memory, seconds=60, keep_days=400)


def test_a_name_that_would_end_its_quotes_is_refused() -> None:
    with pytest.raises(CommandError, match="is no name"):
        printed(cluster="main') --")


def test_the_command_says_in_one_line_what_it_cannot_reach(settings: Any) -> None:
    settings.WAREHOUSE_URL = "clickhouse://ann:hunter2@127.0.0.1:1/shop"

    with pytest.raises(CommandError) as raised:
        call_command("warehouse_schema")

    assert str(raised.value).startswith("ClickHouse at 127.0.0.1:1: ")
    assert "hunter2" not in str(raised.value)


def test_making_tables_again_changes_only_how_long_rows_are_kept(connect: Connect) -> None:
    database = asked(connect, "SELECT currentDatabase()")
    client = connect({})
    made = {}
    for keep_days in (30, 30, 60, 0, 0):
        statements = make_tables(client, database=database, cluster=None, keep_days=keep_days)
        made[len(made)] = [it for it in statements if it.startswith("ALTER")]
    client.close()

    assert made == {
        0: [],
        1: [],
        2: [
            f"ALTER TABLE `{database}`.`{name}` "
            "MODIFY TTL toDateTime(fromUnixTimestamp64Micro(time, 'UTC')) + toIntervalDay(60)"
            for name in ("exposures", "events")
        ],
        3: [f"ALTER TABLE `{database}`.`{name}` REMOVE TTL" for name in ("exposures", "events")],
        4: [],
    }


def test_rows_that_are_older_than_they_are_kept_leave(connect: Connect) -> None:
    database = asked(connect, "SELECT currentDatabase()")
    client = connect({})
    make_tables(client, database=database, cluster=None, keep_days=30)
    for days in (31, 29):
        client.command(
            "INSERT INTO events SELECT 1, toString(number), 'ann', "
            f"toUnixTimestamp64Micro(now64(6) - INTERVAL {days} DAY), 0, 'bought', NULL, map() FROM numbers(3)"
        )
    client.command("OPTIMIZE TABLE events FINAL")
    client.close()

    assert asked(connect, "SELECT count() FROM events") == 3
