"""Finds out which environment key a request comes with; it reads nothing but its head, and knows no environment."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl

from server.serving.keys import Key, KeyRing
from server.serving.rsgi import RequestHeaders, Scope


class Caller(NamedTuple):
    """A key in force, and its text."""

    token: str
    key: Key


def caller_of(headers: RequestHeaders, keys: KeyRing, now: float) -> Caller | None:
    """Who asks: a bearer token or `X-API-Key` says so."""
    token = headers.get("x-api-key")
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            token = given.strip()
    return None if token is None else _known(token, keys, now)


def listener_of(scope: Scope, keys: KeyRing, now: float) -> Caller | None:
    """Who listens: browsers let no page send a header with an event stream, so the key may stand in its address.

    Only a client-side one: addresses are kept in logs, and a server-side key is a secret.
    """
    token = next((value for name, value in parse_qsl(scope.query_string) if name == "key"), None)
    caller = None if token is None else _known(token, keys, now)
    return caller if caller is not None and caller.key.client else None


def _known(token: str, keys: KeyRing, now: float) -> Caller | None:
    key = keys.find(token, now)
    return None if key is None else Caller(token, key)
