"""Opens the warehouse that the settings name. Loads no engine before it is asked for one, and only that one."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

from django.conf import settings

if TYPE_CHECKING:
    from server.warehouse.engine import Warehouse

READ_ONLY = ("bigquery", "snowflake", "databricks")
"""Somebody else's, which are only read: what a WAREHOUSE_URL may begin with, beside those that we write to."""

SCHEMES = ("clickhouse", *READ_ONLY)


def is_read_only() -> bool:
    """Whether the events are somebody else's. Asks nobody but the settings."""
    return _scheme() in READ_ONLY


def warehouse() -> "Warehouse":
    """The warehouse of WAREHOUSE_URL; without one, the Parquet files in WAREHOUSE_FOLDER.

    Raises:
        ImproperlyConfigured: a setting is unfit, or a package for this warehouse is not installed.
    """
    url = settings.WAREHOUSE_URL
    if _scheme() == "clickhouse":
        clickhouse = import_module("server.warehouse.clickhouse.warehouse")
        return cast("Warehouse", clickhouse.ClickHouseWarehouse.from_url(url))
    if is_read_only():
        sources = import_module("server.warehouse.sources.warehouse")
        return cast("Warehouse", sources.SourceWarehouse.from_settings(url, settings.WAREHOUSE_MAPPING))
    parquet = import_module("server.warehouse.parquet.warehouse")
    return cast("Warehouse", parquet.parquet_warehouse())


def _scheme() -> str:
    url: str = settings.WAREHOUSE_URL
    return url.partition("://")[0]
