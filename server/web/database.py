"""Reads DATABASE_URL into Django's settings of a connection; opens none, and takes no other database.

What it refuses it refuses in one line, which never repeats the URL: it holds a password.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from server.database.repeated import PreparingConnection, PreparingCursor

EXAMPLE = "postgres://user:password@host:5432/name"


def database_settings(
    url: str,
    *,
    connect_timeout: int = 5,
    statement_timeout: int = 30,
    lock_timeout: int = 10,
    idle_in_transaction_timeout: int = 60,
    conn_max_age: int = 600,
    prepared_statements: bool = True,
) -> dict[str, Any]:
    """Django's settings for the PostgreSQL at ``url``; all times are in seconds, and 0 sets no limit.

    Raises:
        ImproperlyConfigured: this is not the URL of a database in a PostgreSQL.
    """
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL is not the address of a PostgreSQL: it looks like {EXAMPLE}")
    try:
        settings: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError as problem:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: it looks like {EXAMPLE}") from problem
    if not settings.get("NAME"):
        raise ImproperlyConfigured(f"DATABASE_URL names no database: it looks like {EXAMPLE}")
    options = settings.get("OPTIONS", {})
    limits = {
        "statement_timeout": statement_timeout,
        "lock_timeout": lock_timeout,
        "idle_in_transaction_session_timeout": idle_in_transaction_timeout,
    }
    given = [f"-c {name}={seconds}s" for name, seconds in limits.items()]
    # PostgreSQL weighs every order of up to 8 joins: planning a list with many took it 3 to 7 ms, and
    # takes 0.9 ms with 4. What it no longer weighs it joins as written: from a row along its keys.
    given.append("-c join_collapse_limit=4")
    preparing = {"connection_factory": PreparingConnection, "cursor_factory": PreparingCursor}
    return settings | {
        "HOST": unquote(settings["HOST"]),  # a socket's folder may stand there as %2Fvar%2Frun
        "CONN_MAX_AGE": conn_max_age,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": connect_timeout,
            "application_name": "fairsplit",
            **(preparing if prepared_statements else {}),
            **options,
            "options": " ".join([*given, *filter(None, [options.get("options")])]),
        },
    }
