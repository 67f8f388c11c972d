"""The arguments of a list below an object: what narrows the rows says them. Reads no rows.

The keyword arguments of the function are the field's arguments, in the same words and with the
same defaults. So that a list can be fetched together with its parents, it is narrowed by a
function of the rows, never by a resolver.
"""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from strawberry.types.arguments import StrawberryArgument
from strawberry.types.fields.resolver import StrawberryResolver

from server.audit.authorship import AuthorKind
from server.schema.ids import decode_any, decode_id

_KINDS = {"User": AuthorKind.USER, "ApiKey": AuthorKind.API_KEY}


def arguments_of(narrow: Callable[..., Any]) -> list[StrawberryArgument]:
    """The keyword arguments of a function as a field's."""
    own = {name for name, given in signature(narrow).parameters.items() if given.kind is Parameter.KEYWORD_ONLY}
    return [argument for argument in StrawberryResolver(narrow).arguments if argument.python_name in own]


def key_of(global_id: str | None, type_name: str) -> int | None:
    """The key to narrow by; None where nothing is asked for."""
    return None if global_id is None else decode_id(global_id, type_name)


def holder_of(global_id: str | None) -> tuple[str, int] | None:
    """The kind and the key of a user or an API key; None where nothing is asked for."""
    if global_id is None:
        return None
    type_name, key = decode_any(global_id)
    return _KINDS.get(type_name, type_name), key
