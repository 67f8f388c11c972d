"""Where a ClickHouse is, read from WAREHOUSE_URL. Connects to nothing.

``clickhouse://user:password@host:port/database?secure=1&verify=0``: over HTTP, at port 8123, or over
HTTPS at 8443 with ``secure=1``; ``verify=0`` takes any certificate.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FLAGS = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Address:
    """What is needed to connect; does not show its password."""

    host: str
    port: int
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "default"
    secure: bool = False
    verify: bool = True

    def __str__(self) -> str:
        return f"ClickHouse at {self.host}:{self.port}"


def read_address(url: str) -> Address:
    """The address in a URL.

    Raises:
        ImproperlyConfigured: it is none; the message repeats nothing of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("it is not a URL; a password's special characters are written as %xx") from None
    if parts.scheme != "clickhouse":
        raise _wrong("it does not begin with clickhouse://")
    if not parts.hostname:
        raise _wrong("it names no host")
    if parts.fragment:
        raise _wrong("it has a '#'; a password's special characters are written as %xx")
    database = unquote(parts.path.strip("/")) or "default"
    if not database.replace("_", "a").isalnum():
        raise _wrong("the database's name has other characters than letters, digits and underscores")
    flags = _flags(parts.query)
    secure = flags.get("secure", False)
    return Address(
        host=parts.hostname,
        port=port or (8443 if secure else 8123),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=database,
        secure=secure,
        verify=flags.get("verify", True),
    )


def _flags(query: str) -> dict[str, bool]:
    flags = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in ("secure", "verify"):
            raise _wrong("after the '?' there may be secure and verify, and nothing else")
        if value not in FLAGS:
            raise _wrong(f"{name} is 1 or 0")
        flags[name] = FLAGS[value]
    return flags


def _wrong(why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"WAREHOUSE_URL: {why}. It looks like this: clickhouse://user:password@host:8123/database?secure=0"
    )
