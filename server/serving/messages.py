"""What the doors of `serving` exchange with whatever server interface carries them; it never touches a socket.

A door is a pure function from a `Request` (and what it stands on) to a `Response`, so it
is tested without a server, and moving to another server interface leaves it alone.

They are tuples because one of each is made for every request: a frozen dataclass takes
four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A whole request. Names of headers are in lower case; a repeated header has its last value."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


class Response(NamedTuple):
    """A whole answer. `content-length` is not among the headers: who sends the answer counts."""

    status: int
    headers: Headers = ()
    body: bytes = b""
