"""Opens the warehouse that the settings name. Loads no engine before it is asked for one, and only that one."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

from django.conf import settings

if TYPE_CHECKING:
    from server.warehouse.engine import Warehouse

READ_ONLY = {"bigquery", "snowflake", "databricks"}


def warehouse() -> "Warehouse":
    """The warehouse of WAREHOUSE_URL; without one, the Parquet files in WAREHOUSE_FOLDER.

    Raises:
        ImproperlyConfigured: a setting is unfit, or a package for this warehouse is not installed.
    """
    url = settings.WAREHOUSE_URL
    scheme = url.partition("://")[0]
    if scheme == "clickhouse":
        clickhouse = import_module("server.warehouse.clickhouse.warehouse")
        return cast("Warehouse", clickhouse.ClickHouseWarehouse.from_url(url))
    if scheme in READ_ONLY:
        sources = import_module("server.warehouse.sources.warehouse")
        return cast("Warehouse", sources.SourceWarehouse.from_settings(url, settings.WAREHOUSE_MAPPING))
    parquet = import_module("server.warehouse.parquet.warehouse")
    return cast("Warehouse", parquet.parquet_warehouse())
