"""What a body of events is packed in: the types and encodings taken, and gzip undone within bounds; reads no event.

Whoever holds a public key may send what they like: nothing is unpacked further than to
its limit, and a second gzip member is not looked at.
"""

from __future__ import annotations

import zlib

from server.serving.bodies import TooLarge
from server.serving.messages import Response
from server.serving.ofrep_errors import error
from server.serving.rsgi import RequestHeaders

MAX_SENT = 5 * 1024 * 1024
"""The largest body, in bytes as they are sent."""

JSON = "application/json"
NDJSON = "application/x-ndjson"

MAX_UNPACKED = {JSON: 8 * 1024 * 1024, NDJSON: 20 * 1024 * 1024}
"""The largest body, unpacked: JSON becomes objects as a whole, NDJSON a line at a time."""

_TYPES = {JSON: JSON, NDJSON: NDJSON, "application/ndjson": NDJSON, "application/jsonl": NDJSON}
_GZIP = frozenset({"gzip", "x-gzip"})
_AS_IT_IS = frozenset({"", "identity"})
_GZIP_ALONE = zlib.MAX_WBITS | 16


class NotGzip(Exception):
    """The body is said to be gzip, and is not: or not all of it is here, or more than that is."""


def media_type_of(headers: RequestHeaders) -> str | None:
    """How the body is written; one that says nothing is JSON. None for what is not taken."""
    return _TYPES.get(headers.get("content-type", JSON).partition(";")[0].strip().lower())  # type: ignore[union-attr]


def is_packed(headers: RequestHeaders) -> bool | None:
    """Whether the body is gzip; None where it is something else again."""
    encoding = (headers.get("content-encoding") or "").strip().lower()
    return True if encoding in _GZIP else (False if encoding in _AS_IT_IS else None)


def unpack(body: bytes, most: int) -> bytes:
    """What a body of gzip holds.

    Raises:
        NotGzip: it is not one whole member of gzip, and nothing else.
        TooLarge: it would be larger than ``most`` bytes.
    """
    member = zlib.decompressobj(_GZIP_ALONE)
    try:
        whole = member.decompress(body, most + 1)
    except zlib.error as problem:
        raise NotGzip from problem
    if len(whole) > most:
        raise TooLarge
    if not member.eof or member.unused_data:
        raise NotGzip
    return whole


def unsupported(what: str) -> Response:
    """The body is written or packed in a way that nobody here reads."""
    return error(415, "GENERAL", what, headers=(("accept", f"{JSON}, {NDJSON}"), ("accept-encoding", "gzip")))


def too_large() -> Response:
    """Send less at a time."""
    sent, json, ndjson = (size // 1024**2 for size in (MAX_SENT, MAX_UNPACKED[JSON], MAX_UNPACKED[NDJSON]))
    unpacked = f"once unpacked {json} MiB of JSON or {ndjson} MiB of NDJSON"
    return error(413, "GENERAL", f"Send at most {sent} MiB at a time, {unpacked}.")
