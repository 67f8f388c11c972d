"""What the doors of `serving` exchange with whatever server interface carries them; it never touches a socket.

A door is a pure function from a `Request` (and what it stands on) to a `Response`, so it
is tested without a server, and moving to another server interface leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. Names of headers are in lower case; a repeated header has its last value."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. `content-length` is not among the headers: who sends the answer counts."""

    status: int
    headers: Headers = ()
    body: bytes = b""
