"""Reads the body of a request from granian, and never more of it than it may hold."""

from __future__ import annotations

from server.serving.rsgi import HTTPProtocol, Scope

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class TooLarge(Exception):
    """The body is declared larger than it may be, and was left unread."""


class Gone(Exception):
    """The client went away before its request was here."""


async def read_body(scope: Scope, proto: HTTPProtocol, largest: int) -> bytes:
    """The whole body; of one whose length is not declared at most one byte more than ``largest``.

    Raises:
        TooLarge: its declared length is above ``largest``.
        Gone: it ended before its declared length.
    """
    declared = scope.headers.get("content-length")
    if declared is None:
        return b"" if scope.method in BODILESS else await _undeclared(proto, largest)
    size = int(declared)  # the server has refused what is no number
    if size > largest:
        raise TooLarge
    if not size:
        return b""
    try:
        body = await proto()
    except Exception as problem:  # the server raises what it likes for a connection that broke
        raise Gone from problem
    if len(body) != size:
        raise Gone
    return body


async def _undeclared(proto: HTTPProtocol, largest: int) -> bytes:
    pieces, size = [], 0
    async for piece in proto:
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            break
    return b"".join(pieces)[: largest + 1]
