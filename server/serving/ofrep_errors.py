"""The errors of the OpenFeature protocol as answers; it never decides that there is one.

Every error has a code and details, whatever its status: one of the clients fails on a 400
without details, another wants the flag's key back.
"""

from __future__ import annotations

import orjson

from server.serving.messages import Headers, Response
from server.serving.ofrep_context import MAX_BODY, Unreadable

JSON: tuple[str, str] = ("content-type", "application/json")


def unreadable(problem: Unreadable, key: str | None = None) -> Response:
    """The request says nothing that could be evaluated."""
    return error(400, problem.code, problem.details, key=key)


def flag_not_found(key: str) -> Response:
    """No such flag, or none for this key: the answer is the same, so that it tells nothing."""
    return error(404, "FLAG_NOT_FOUND", "The environment has no flag with this key.", key=key)


def too_large() -> Response:
    """The body was not read."""
    return error(413, "GENERAL", f"The body is larger than {MAX_BODY:,} bytes.")


def unauthorized(details: str = "Give a valid environment key, as a bearer token or in X-API-Key.") -> Response:
    """No key, or none that is valid."""
    return error(401, "GENERAL", details, headers=(("www-authenticate", "Bearer"),))


def forbidden(details: str) -> Response:
    """The key is valid, and may not be used like this."""
    return error(403, "GENERAL", details)


def origin_not_allowed(origin: str) -> Response:
    """A page asks whose origin the environment does not list."""
    return forbidden(f"Pages of {origin} are not among the origins that this environment allows.")


def too_many_requests(seconds: int) -> Response:
    """The caller has to wait.

    In whole seconds: the protocol's document shows a date in ISO 8601, but two of the clients
    read HTTP's own forms only, and the third takes the year of such a date for seconds.
    """
    return error(429, "GENERAL", f"Too many requests: ask again in {seconds} s.", headers=_retry_after(seconds))


def unavailable(details: str, seconds: int = 1) -> Response:
    """There is nothing in memory to answer from, yet."""
    return error(503, "GENERAL", details, headers=_retry_after(seconds))


def error(status: int, code: str, details: str, *, key: str | None = None, headers: Headers = ()) -> Response:
    """An error in the protocol's form; with the flag's key where one was asked for."""
    document = {"errorCode": code, "errorDetails": _sendable(details)}
    if key is not None:
        document = {"key": _sendable(key), **document}
    return Response(status, (JSON, *headers), orjson.dumps(document))


def _retry_after(seconds: int) -> Headers:
    return (("retry-after", str(max(1, seconds))),)


def _sendable(text: str) -> str:
    """What a caller sent can hold half a character, which no encoder takes."""
    return text.encode("utf-8", "replace").decode()
