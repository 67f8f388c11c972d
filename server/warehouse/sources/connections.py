"""Opens connections to a customer's warehouse, each with its own vendor's driver. Sends no statement.

- ``bigquery://project?location=EU``, with the credentials that Google's libraries find by themselves
- ``snowflake://user:password@account/database/schema?warehouse=…&role=…&private_key_file=…``
- ``databricks://token:…@host/sql/1.0/warehouses/…``, with the path of the SQL warehouse
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from server.warehouse.drivers import driver
from server.warehouse.sql import Dialect

NAMES = {Dialect.BIGQUERY: "BigQuery", Dialect.SNOWFLAKE: "Snowflake", Dialect.DATABRICKS: "Databricks"}
OPTIONS = {
    Dialect.BIGQUERY: {"location"},
    Dialect.SNOWFLAKE: {"warehouse", "role", "private_key_file"},
    Dialect.DATABRICKS: set[str](),
}
EXAMPLES = {
    Dialect.BIGQUERY: "bigquery://project?location=EU",
    Dialect.SNOWFLAKE: "snowflake://user:password@account/database/schema?warehouse=name",
    Dialect.DATABRICKS: "databricks://token:secret@host/sql/1.0/warehouses/id",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Whose warehouse, how to connect to it, and what of the address must not be repeated."""

    dialect: Dialect
    connect: Callable[[], Any] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def read_source(url: str, *, seconds: int) -> Source:
    """The source at an address; a statement may take so many seconds.

    Raises:
        ImproperlyConfigured: the address is none, or the driver is not installed; repeats nothing of the address.
    """
    scheme = url.partition("://")[0]
    dialect = next((it for it in NAMES if it.value == scheme), None)
    if dialect is None:
        raise ImproperlyConfigured(f"WAREHOUSE_URL: a source begins with one of {', '.join(NAMES)}")
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise _wrong(dialect, "it is not a URL") from None
    if parts.fragment:
        raise _wrong(dialect, "it has a '#'; special characters are written as %xx")
    if not parts.hostname:
        raise _wrong(dialect, "a name is missing after ://")
    if not set(options) <= OPTIONS[dialect]:
        raise _wrong(dialect, "it has an option that is not known")
    opened = {Dialect.BIGQUERY: _bigquery, Dialect.SNOWFLAKE: _snowflake, Dialect.DATABRICKS: _databricks}[dialect]
    password = unquote(parts.password or "")
    return Source(dialect, opened(parts, options, password, seconds), (password,))


def _bigquery(parts: SplitResult, options: dict[str, str], _password: str, seconds: int) -> Callable[[], Any]:
    package = "google-cloud-bigquery"
    bigquery = driver("google.cloud.bigquery", package=package)
    dbapi = driver("google.cloud.bigquery.dbapi", package=package)

    def connect() -> Any:
        config = bigquery.QueryJobConfig(job_timeout_ms=seconds * 1000)
        client = bigquery.Client(
            project=parts.hostname, location=options.get("location"), default_query_job_config=config
        )
        return dbapi.connect(client)

    return connect


def _snowflake(parts: SplitResult, options: dict[str, str], password: str, seconds: int) -> Callable[[], Any]:
    database, _, schema = parts.path.strip("/").partition("/")
    if not (parts.username and database and (password or "private_key_file" in options)):
        raise _wrong(Dialect.SNOWFLAKE, "a user, a password or private_key_file, and a database are needed")
    snowflake = driver("snowflake.connector", package="snowflake-connector-python")
    key = "private_key_file" in options
    signing_in = {"authenticator": "SNOWFLAKE_JWT"} if key else {"password": password}
    if key and password:
        signing_in["private_key_file_pwd"] = password

    def connect() -> Any:
        return snowflake.connect(
            account=parts.hostname,
            user=unquote(parts.username or ""),
            database=unquote(database),
            schema=unquote(schema) or None,
            session_parameters={"TIMEZONE": "UTC", "STATEMENT_TIMEOUT_IN_SECONDS": seconds},
            **signing_in,
            **options,
        )

    return connect


def _databricks(parts: SplitResult, _options: dict[str, str], password: str, seconds: int) -> Callable[[], Any]:
    if not (password and parts.path.strip("/")):
        raise _wrong(Dialect.DATABRICKS, "a token and the path of a SQL warehouse are needed")
    databricks = driver("databricks.sql", package="databricks-sql-connector")

    def connect() -> Any:
        return databricks.connect(
            server_hostname=parts.hostname,
            http_path=parts.path,
            access_token=password,
            session_configuration={"TIMEZONE": "UTC", "STATEMENT_TIMEOUT": str(seconds)},
        )

    return connect


def _wrong(dialect: Dialect, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"WAREHOUSE_URL: {why}. It looks like this: {EXAMPLES[dialect]}")
