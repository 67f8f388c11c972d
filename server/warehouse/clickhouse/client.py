"""Opens clients of ClickHouse, with the settings that even it out with other engines. Sends no statement itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from server.warehouse.clickhouse.address import Address
from server.warehouse.drivers import driver
from server.warehouse.memory import memory_in_bytes

Connect = Callable[[Mapping[str, Any]], Any]
"""Opens a client of clickhouse-connect, with settings of ClickHouse. The database is known to it."""

CONNECT_SECONDS = 10
LARGEST_STATEMENT = 16 * 1024 * 1024
LARGEST_TREE = 10_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may take, and how long rows are kept (0 days: for ever)."""

    memory: int = 4 * 1024**3
    seconds: int = 900
    keep_days: int = 0


def limits_of_settings() -> Limits:
    """As the settings have them; memory with a unit, as DuckDB takes it.

    Raises:
        ImproperlyConfigured: the memory has none.
    """
    return Limits(
        memory=memory_in_bytes(settings.WAREHOUSE_MEMORY),
        seconds=settings.WAREHOUSE_TIMEOUT,
        keep_days=settings.WAREHOUSE_KEEP_DAYS,
    )


def reading(limits: Limits) -> dict[str, Any]:
    """Settings of a session. The first three make ClickHouse answer as SQL's standard has it."""
    return {
        "join_use_nulls": 1,
        "aggregate_functions_null_for_empty": 1,
        "count_distinct_implementation": "uniqExact",
        # A row that came twice counts once; copies lie in one month, so that months need not be compared.
        "final": 1,
        "do_not_merge_across_partitions_select_final": 1,
        # On a cluster a join sees every shard's rows: never only those that lie where the question arrived.
        "prefer_global_in_and_join": 1,
        "distributed_product_mode": "global",
        "max_memory_usage": limits.memory,
        "max_bytes_before_external_group_by": limits.memory // 2,
        "max_bytes_before_external_sort": limits.memory // 2,
        "max_execution_time": limits.seconds,
        # One statement answers many metrics, and is long.
        "max_query_size": LARGEST_STATEMENT,
        "max_ast_elements": LARGEST_TREE,
        "max_expanded_ast_elements": LARGEST_TREE,
    }


def writing() -> dict[str, Any]:
    """Settings of an insert: done when it answers, one block each, and recognised when it comes again."""
    return {
        "async_insert": 0,
        "distributed_foreground_insert": 1,
        "insert_deduplicate": 1,
        "wait_end_of_query": 1,
        # What is sent becomes one block, always the same: in parallel, it is cut where it happens to be.
        "input_format_parallel_parsing": 0,
        "max_insert_threads": 1,
        "max_insert_block_size": 1_048_576,
        "min_insert_block_size_rows": 1_048_576,
        "min_insert_block_size_bytes": 0,
        "input_format_skip_unknown_fields": 0,
        # By default the last digits of a number are a matter of speed.
        "precise_float_parsing": 1,
    }


def over_http(address: Address, limits: Limits, *, database: bool = True) -> Connect:
    """Clients of a server; without the database, of the one that its user has by default.

    Raises:
        ImproperlyConfigured: clickhouse-connect is not installed.
    """
    connecting = driver("clickhouse_connect", package="clickhouse-connect")

    def connect(given: Mapping[str, Any]) -> Any:
        return connecting.get_client(
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            database=address.database if database else None,
            secure=address.secure,
            verify=address.verify,
            settings=dict(given),
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=limits.seconds + CONNECT_SECONDS,
            autogenerate_session_id=False,
        )

    return connect
