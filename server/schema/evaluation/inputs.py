"""The unit that a query asks about: its targeting key and its traits, within bounds. Evaluates nothing.

Queries answer with no result union: what is wrong with an argument is an error with a code.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from server import errors
from server.checks import is_sound_text, json_text_problems
from server.evaluation.bounds import MAX_CONTEXT, MAX_TRAITS
from server.experimentation.simulation import sample_keys
from server.schema.exact import plain
from server.schema.http.errors import BAD_USER_INPUT, ClientError
from server.schema.texts import sound
from server.versioning.models import MAX_TARGETING_KEY

MAX_KEYS = 10_000
MAX_SAMPLE = 100_000
DEFAULT_SAMPLE = 10_000

TargetingKey = Annotated[
    str | None,
    strawberry.argument(
        description=f"The unit's identifier: at most {MAX_TARGETING_KEY} characters. Left out, nothing can be split."
    ),
]
UnitTraits = Annotated[
    JSON | None,
    strawberry.argument(
        description=f"What is known of the unit, by name: an object with at most {MAX_TRAITS:,} traits."
    ),
]


def key_of_unit(targeting_key: str | None) -> str | None:
    """The targeting key; an empty one is none.

    Raises:
        ClientError: it is too long, or no text that can be kept.
    """
    if targeting_key and (len(targeting_key) > MAX_TARGETING_KEY or not is_sound_text(targeting_key)):
        message = f"A targeting key has at most {MAX_TARGETING_KEY} characters, and no NUL or lone surrogate."
        raise ClientError(message, code=BAD_USER_INPUT)
    return targeting_key or None


def traits_of_unit(traits: Any) -> Mapping[str, object]:
    """The traits, with ordinary numbers; left out or null, the unit has none.

    Raises:
        ClientError: they are no object, or too many, too large or too deep.
    """
    if traits is None:
        return {}
    if not isinstance(traits, dict):
        raise ClientError("The traits are an object: a value for each name.", code=BAD_USER_INPUT)
    if len(traits) > MAX_TRAITS:
        raise ClientError(f"{len(traits):,} traits are too many: at most {MAX_TRAITS:,}.", code=BAD_USER_INPUT)
    try:
        found = plain(traits)
        size = len(json.dumps(found))
    except RecursionError:
        raise ClientError("The traits are nested too deeply.", code=BAD_USER_INPUT) from None
    if size > MAX_CONTEXT:
        raise ClientError(f"The traits take at most {MAX_CONTEXT:,} bytes as JSON.", code=BAD_USER_INPUT)
    if json_text_problems(found, ()):
        raise ClientError("A text holds neither NUL characters nor lone surrogates.", code=BAD_USER_INPUT)
    return dict(found)


def sound_keys(feature_keys: list[str] | None) -> list[str] | None:
    """The keys of features, if the database can look for them.

    Raises:
        ClientError: one holds what no text may, or is too long.
    """
    for key in feature_keys or ():
        sound(key)
    return feature_keys


def units(targeting_keys: list[str] | None, sample_size: int | None) -> list[str]:
    """The targeting keys that are named, each once, or those of a sample.

    Raises:
        ClientError: both are given, too many or too few, or a key is none.
    """
    if targeting_keys is None:
        size = DEFAULT_SAMPLE if sample_size is None else sample_size
        if not 1 <= size <= MAX_SAMPLE:
            raise ClientError(f"A sample has from 1 to {MAX_SAMPLE:,} units.", code=BAD_USER_INPUT)
        return sample_keys(size)
    if sample_size is not None:
        raise ClientError("Give either targeting keys or the size of a sample, and not both.", code=BAD_USER_INPUT)
    if not 1 <= len(targeting_keys) <= MAX_KEYS:
        raise ClientError(f"Give from 1 to {MAX_KEYS:,} targeting keys.", code=BAD_USER_INPUT)
    if any(key_of_unit(key) is None for key in targeting_keys):
        raise ClientError("An empty targeting key is none.", code=BAD_USER_INPUT)
    return list(dict.fromkeys(targeting_keys))


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """A query has no union to answer a refusal with: it becomes an error with the refusal's code."""
    try:
        yield
    except errors.Refusal as refusal:
        raise ClientError(refusal.message, code=refusal.code) from None
