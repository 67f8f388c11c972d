"""An address of a source is read whole or refused; what its driver gets is what the address says.

The drivers are not installed here: modules of their names stand in for them, and note what they are given.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from server.warehouse.open import READ_ONLY, SCHEMES, is_read_only
from server.warehouse.sources.connections import NAMES, read_source
from server.warehouse.sources.warehouse import SourceWarehouse
from server.warehouse.sql import Dialect
from tests.warehouse.sources.their_tables import MAPPING


class Driver(ModuleType):
    """Gives back what it is called with."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *given, **named: SimpleNamespace(name=name, given=given, **named)


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("google.cloud.bigquery", "google.cloud.bigquery.dbapi", "snowflake.connector", "databricks.sql"):
        for end in range(1, name.count(".") + 2):
            module = ".".join(name.split(".")[:end])
            if module not in sys.modules:
                monkeypatch.setitem(sys.modules, module, Driver(module))


@pytest.mark.usefixtures("drivers")
def test_bigquery_is_asked_in_its_location() -> None:
    source = read_source("bigquery://acme-data?location=EU", seconds=60)

    [client] = source.connect().given
    assert (source.dialect, client.project, client.location) == (Dialect.BIGQUERY, "acme-data", "EU")
    assert client.default_query_job_config.job_timeout_ms == 60_000


@pytest.mark.usefixtures("drivers")
def test_snowflake_is_asked_in_utc_with_a_password() -> None:
    source = read_source("snowflake://ann:p%40ss@acme-eu/LAKE/ANALYTICS?warehouse=XS&role=READER", seconds=60)

    given = vars(source.connect())
    assert given == {
        "name": "connect",
        "given": (),
        "account": "acme-eu",
        "user": "ann",
        "password": "p@ss",
        "database": "LAKE",
        "schema": "ANALYTICS",
        "warehouse": "XS",
        "role": "READER",
        "session_parameters": {"TIMEZONE": "UTC", "STATEMENT_TIMEOUT_IN_SECONDS": 60},
    }
    assert source.secrets == ("p@ss",)


@pytest.mark.usefixtures("drivers")
def test_snowflake_is_asked_with_a_key() -> None:
    source = read_source("snowflake://ann:phrase@acme/LAKE?private_key_file=/run/secrets/key.p8", seconds=60)

    given = vars(source.connect())
    assert (given["authenticator"], given["private_key_file"]) == ("SNOWFLAKE_JWT", "/run/secrets/key.p8")
    assert (given["private_key_file_pwd"], "password" in given, given["schema"]) == ("phrase", False, None)


@pytest.mark.usefixtures("drivers")
def test_databricks_is_asked_in_utc_with_a_token() -> None:
    source = read_source("databricks://token:dapi123@adb-1.azuredatabricks.net/sql/1.0/warehouses/ab12", seconds=60)

    given = vars(source.connect())
    assert (given["server_hostname"], given["http_path"]) == ("adb-1.azuredatabricks.net", "/sql/1.0/warehouses/ab12")
    assert (given["access_token"], source.secrets) == ("dapi123", ("dapi123",))
    assert given["session_configuration"] == {"TIMEZONE": "UTC", "STATEMENT_TIMEOUT": "60"}


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("bigquery://acme", "google-cloud-bigquery"),
        ("snowflake://ann:hunter2@acme/LAKE", "snowflake-connector-python"),
        ("databricks://token:hunter2@host/sql/1", "databricks-sql-connector"),
    ],
)
def test_a_driver_that_is_not_installed_is_named(url: str, package: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read_source(url, seconds=60)

    assert str(raised.value) == f"WAREHOUSE_URL: the Python package {package} is not installed."


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://ann:hunter2@host", "a source begins with one of"),
        ("bigquery://", "a name is missing"),
        ("bigquery://acme?place=EU", "an option that is not known"),
        ("bigquery://[acme", "it is not a URL"),
        ("snowflake://ann:hunter2@acme", "and a database are needed"),
        ("snowflake://ann@acme/LAKE", "a password or private_key_file"),
        ("snowflake://acme/LAKE?password=hunter2", "an option that is not known"),
        ("databricks://token:hunter2@host", "the path of a SQL warehouse"),
        ("databricks://host/sql/1", "a token"),
        ("databricks://token:hunt#er2@host/sql/1", "'#'"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line(url: str, why: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read_source(url, seconds=60)

    said = str(raised.value)
    assert why in said
    assert "hunter2" not in said
    assert "\n" not in said


def test_a_source_does_not_show_its_secrets() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "databricks", Driver("databricks"))
        patch.setitem(sys.modules, "databricks.sql", Driver("databricks.sql"))
        assert "dapi123" not in repr(read_source("databricks://token:dapi123@host/sql/1", seconds=60))


def test_all_sources_are_known_to_be_read_only(settings: Any) -> None:
    assert tuple(it.value for it in NAMES) == READ_ONLY
    answers = []
    for scheme in ("", *SCHEMES):
        settings.WAREHOUSE_URL = f"{scheme}://acme" if scheme else ""
        answers.append(is_read_only())
    assert answers == [False, False, True, True, True]


def test_a_source_is_as_late_as_its_mapping_says(tmp_path: Path, settings: Any) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps(MAPPING | {"lag": 3_600}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "databricks", Driver("databricks"))
        patch.setitem(sys.modules, "databricks.sql", Driver("databricks.sql"))
        source = SourceWarehouse.from_settings("databricks://token:dapi123@host/sql/1", str(mapping))

    assert source.lag == timedelta(hours=1)


def test_a_source_without_a_mapping_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="WAREHOUSE_MAPPING"):
        SourceWarehouse.from_settings("bigquery://acme", "")
