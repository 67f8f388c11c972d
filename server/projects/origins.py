"""What an allowed origin may be: exactly what browsers send as ``Origin``. Pure: never looks a host up.

An origin that is written in another way than browsers write it would match none of their
requests, and nobody would see why: so it is refused, with the way to write it.
"""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv6Address

from server.errors import Problem
from server.projects.models import MAX_ORIGIN, MAX_ORIGINS

EVERY_ORIGIN = "*"
FIELD = "allowedOrigins"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ORIGIN = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[(?P<address>[0-9a-f:.]+)\])(?::(?P<port>[1-9][0-9]{{0,4}}))?"
)


def origin_problems(origins: Sequence[str]) -> list[Problem]:
    """Everything that is wrong with a list of allowed origins, with the position of each."""
    if len(origins) > MAX_ORIGINS:
        return [Problem((FIELD,), "TOO_MANY", f"An environment allows at most {MAX_ORIGINS} origins.")]
    problems: list[Problem] = []
    seen: set[str] = set()
    for position, origin in enumerate(origins):
        path = (FIELD, position)
        if not is_origin(origin):
            problems.append(Problem(path, "NOT_AN_ORIGIN", _HOW))
        elif origin in seen:
            problems.append(Problem(path, "DUPLICATE_ORIGIN", "This origin is in the list already."))
        seen.add(origin)
    return problems


_HOW = (
    "An origin is written as browsers send it: http:// or https://, a host in lower case, and a port if it is not "
    "the scheme's own; no path and no slash at the end, as https://shop.example. * stands for every origin."
)


def is_origin(text: str) -> bool:
    """Whether a browser could send this as the origin of a page, or it stands for every origin."""
    if text == EVERY_ORIGIN:
        return True
    found = _ORIGIN.fullmatch(text) if len(text) <= MAX_ORIGIN else None
    if found is None:
        return False
    port = int(found["port"] or 0)
    if port > 65_535 or port == _DEFAULT_PORTS[found["scheme"]]:
        return False
    return found["address"] is None or _is_written_short(found["address"])


def _is_written_short(address: str) -> bool:
    """Whether it is an IPv6 address in the one form that browsers write."""
    try:
        return str(IPv6Address(address)) == address
    except AddressValueError:
        return False
