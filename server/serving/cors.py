"""Which pages of other origins may read an answer, by the fetch standard; it never decides who a caller is.

Browsers ask first, without a key (`preflight`), so that question is answered alike for
everybody: it gives nothing away, and the key and the origin are checked on the request that
follows. Errors may be read by every page, since a client has to tell a wrong key from a
server that is gone; flags only by the origins that the environment allows.
"""

from __future__ import annotations

from collections.abc import Collection

from server.serving.messages import Response

ANY_ORIGIN = "*"

SECONDS_TO_REMEMBER = 7_200
"""How long a browser need not ask again: the longest that any of them keeps to."""

_EXPOSED = ("access-control-expose-headers", "etag, fairsplit-stale, retry-after")
_VARY = ("vary", "origin")

PREFLIGHT = Response(
    204,
    (
        ("access-control-allow-origin", ANY_ORIGIN),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "authorization, content-encoding, content-type, if-none-match, x-api-key"),
        ("access-control-max-age", str(SECONDS_TO_REMEMBER)),
    ),
)
"""The answer to every `OPTIONS` of a door for client-side keys."""


def origin_allowed(origin: str | None, allowed: Collection[str]) -> bool:
    """Whether a page may use the environment's client-side keys.

    A request without an origin comes from no page: an app on a phone, a command line. The
    origin `null` (a sandboxed frame, a file) is anybody's, and allowed only where all are.
    """
    return origin is None or ANY_ORIGIN in allowed or (origin != "null" and origin in allowed)


def readable_by(origin: str | None, response: Response) -> Response:
    """The answer, readable by the page that asked for it."""
    if origin is None:
        return response
    headers = (*response.headers, ("access-control-allow-origin", origin), _EXPOSED, _VARY)
    return response._replace(headers=headers)


def readable_by_all(response: Response) -> Response:
    """An answer that says nothing about an environment: an error."""
    return response._replace(headers=(*response.headers, ("access-control-allow-origin", ANY_ORIGIN), _EXPOSED))
