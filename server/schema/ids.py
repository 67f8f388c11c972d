"""Global ids as the API's types have them: see `server.global_ids`, which says what they are made of."""

import strawberry

from server import global_ids
from server.global_ids import NO_ROW, decode_any, decode_id

__all__ = ["NO_ROW", "decode_any", "decode_id", "encode_id"]


def encode_id(type_name: str, key: int) -> strawberry.ID:
    """The global id of a row."""
    return strawberry.ID(global_ids.encode_id(type_name, key))
