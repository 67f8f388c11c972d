"""The arguments that page through a connection: sizes within bounds, cursors that are ours.

Checked before execution, where a mistake can be named; deeper down it would be a crash in
the library that slices.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from graphql import FieldNode, IntValueNode, StringValueNode, ValueNode, VariableNode

from server.schema.http.errors import BAD_CURSOR, BAD_PAGE_SIZE, ClientError
from server.schema.http.limits import Limits

SIZES = ("first", "last")
CURSORS = ("after", "before")
_OUR_CURSOR = re.compile(r"arrayconnection:[0-9]{1,9}")

VariableReader = Callable[[VariableNode], Any]


def page_size(node: FieldNode, variable: VariableReader, limits: Limits) -> int:
    """How many elements the connection ``node`` may return.

    Raises:
        ClientError: a size is out of bounds, or a cursor is not one of ours.
    """
    asked = []
    for argument in node.arguments or ():
        name = argument.name.value
        if name in SIZES:
            size = _integer(argument.value, variable)
            if size is not None:
                _check_size(size, name, node, limits)
                asked.append(size)
        elif name in CURSORS:
            _check_cursor(_string(argument.value, variable), name, node)
    return max(asked) if asked else limits.default_page_size


def _check_size(size: int, argument: str, node: FieldNode, limits: Limits) -> None:
    if not 0 <= size <= limits.max_page_size:
        raise ClientError(
            f"Argument '{argument}' of '{node.name.value}' must be from 0 to {limits.max_page_size}.",
            code=BAD_PAGE_SIZE,
            nodes=[node],
            argument=argument,
            limit=limits.max_page_size,
        )


def _check_cursor(cursor: str | None, argument: str, node: FieldNode) -> None:
    if not cursor:
        return
    try:
        text = base64.b64decode(cursor.encode(), validate=True).decode()
    except (binascii.Error, UnicodeError):
        text = ""
    if not _OUR_CURSOR.fullmatch(text):
        raise ClientError(
            f"Argument '{argument}' of '{node.name.value}' is not a cursor of this API."
            " Pass one that a page returned, unchanged.",
            code=BAD_CURSOR,
            nodes=[node],
            argument=argument,
        )


def _integer(value: ValueNode, variable: VariableReader) -> int | None:
    """The integer that GraphQL will make of the value; None for null and for what it will refuse."""
    if isinstance(value, IntValueNode):
        return int(value.value)
    given = variable(value) if isinstance(value, VariableNode) else None
    if isinstance(given, float) and given.is_integer():
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _string(value: ValueNode, variable: VariableReader) -> str | None:
    if isinstance(value, StringValueNode):
        return value.value
    given = variable(value) if isinstance(value, VariableNode) else None
    return given if isinstance(given, str) else None
