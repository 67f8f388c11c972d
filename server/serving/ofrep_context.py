"""Reads what an OFREP request asks about from its body; it never evaluates, and nothing in a body makes it raise.

Anything that is JSON in UTF-8 and has the protocol's form is taken: traits of any type and
depth reach the rules, which say what they make of them. Of a key that stands twice in an
object the last one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from server.evaluation.bounds import MAX_CONTEXT, MAX_TRAITS

MAX_BODY = MAX_CONTEXT
"""The largest body that is read, in bytes."""

TARGETING_KEY = "targetingKey"


class Context(NamedTuple):
    """For whom to evaluate. Without a targeting key only what needs none can be said."""

    targeting_key: str | None
    traits: Mapping[str, Any]


class Unreadable(NamedTuple):
    """Why a body is not a context, in the protocol's words: an error code, and details for a person."""

    code: str
    details: str


NO_CONTEXT = Context(None, {})


def read_context(body: bytes, content_type: str | None = None) -> Context | Unreadable:
    """The context of an evaluation request.

    A context that is left out, or null as some clients send one, is an empty one. So is a
    targeting key that is null or an empty text: it names no unit, and clients differ in
    whether they send it.
    """
    if content_type is not None and not _is_json(content_type):
        return Unreadable("PARSE_ERROR", "Send the context as application/json.")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        return Unreadable("PARSE_ERROR", f"The body is not JSON in UTF-8: {problem.msg}.")
    if not isinstance(document, dict):
        return Unreadable("PARSE_ERROR", "The body is not an object with a context.")
    traits = document.get("context")
    if traits is None:
        return NO_CONTEXT
    if not isinstance(traits, dict):
        return Unreadable("INVALID_CONTEXT", "The context is not an object.")
    targeting_key = traits.pop(TARGETING_KEY, None)
    if targeting_key is not None and not isinstance(targeting_key, str):
        return Unreadable("INVALID_CONTEXT", "The targetingKey is not a text.")
    if len(traits) > MAX_TRAITS:
        return Unreadable("INVALID_CONTEXT", f"{len(traits):,} traits are too many: send at most {MAX_TRAITS:,}.")
    return Context(targeting_key or None, traits)


def _is_json(content_type: str) -> bool:
    """As the clients send it: with a charset or without; a type that is JSON by its suffix is as good."""
    if content_type == "application/json":
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
