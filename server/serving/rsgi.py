"""The part of granian's RSGI that we use, as types: its own stubs are behind what it has; there is no code here.

The specification is granian's `docs/spec/RSGI.md`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

Headers = list[tuple[str, str]]


class RequestHeaders(Protocol):
    """Names in any case. Values that are not visible ASCII are left out."""

    def get(self, key: str, default: str | None = None) -> str | None: ...

    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """A request without its body. The path is decoded, and holds U+FFFD where it is not UTF-8."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: RequestHeaders


class Transport(Protocol):
    """The body of an answer that goes on. What is sent is queued at once; awaiting it waits for nothing."""

    def send_bytes(self, data: bytes) -> Awaitable[None]: ...


class HTTPProtocol(Protocol):
    """One request's body and answer. Any thread may answer; the first answer counts."""

    async def __call__(self) -> bytes: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def client_disconnect(self) -> None: ...

    def response_empty(self, status: int, headers: Headers) -> None: ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...

    def response_file(self, status: int, headers: Headers, file: str) -> None: ...

    def response_stream(self, status: int, headers: Headers) -> Transport: ...
