"""Global ids, as the API has them: the name of a type and a row's key, in Base64. Opaque to clients; looks nothing up.

An id that is malformed, or of another type than the one that is asked for, names no
row: it decodes to ``NO_ROW``, and whatever is looked up by it is not found.
"""

import binascii
from base64 import b64decode, b64encode
from typing import Final

NO_ROW: Final = 0
"""A key that no row has."""

_MAX_KEY = 2**63 - 1
_MAX_LENGTH = 100


def encode_id(type_name: str, key: int) -> str:
    """The global id of a row."""
    return b64encode(f"{type_name}:{key}".encode()).decode()


def decode_any(global_id: str) -> tuple[str, int]:
    """The type's name and the key; an empty name and ``NO_ROW`` for what is no id."""
    if len(global_id) > _MAX_LENGTH:
        return "", NO_ROW
    try:
        name, _, key = b64decode(global_id, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return "", NO_ROW
    if not (key.isascii() and key.isdigit() and len(key) < 20) or not 0 < int(key) <= _MAX_KEY:
        return "", NO_ROW
    return name, int(key)


def decode_id(global_id: str, type_name: str) -> int:
    """The key, if this is the id of a row of the type; else ``NO_ROW``."""
    name, key = decode_any(global_id)
    return key if name == type_name else NO_ROW
