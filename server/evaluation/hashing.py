"""Deals a text to one of 10,000 buckets, in whole numbers; knows neither flags nor segments, and uses no float.

``docs/assignment.md`` specifies it for other languages. Gate and split hash in domains
of their own, so being in a gate says nothing about the arm.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum

BUCKETS = 10_000

Hasher = Callable[[str], int]
"""From a key to its bucket, for one domain and one salt."""


class Domain(StrEnum):
    """What a hash is for: the same salt and key give independent buckets in two domains."""

    GATE = "gate"
    """Every percentage split of a rule, an experiment's gate among them."""

    SPLIT = "split"
    """Every bucket map."""


def bucket_of(domain: Domain, salt: str, key: str) -> int:
    """The bucket of a key, from 0 to 9,999."""
    return hasher(domain, salt)(key)


def hasher(domain: Domain, salt: str) -> Hasher:
    """A function for many keys: it has hashed the domain and the salt already."""
    begun = hashlib.sha256(b"%b\0%b\0" % (domain.value.encode(), key_bytes(salt)))
    from_bytes = int.from_bytes

    def bucket(key: str) -> int:
        hashed = begun.copy()
        try:
            hashed.update(key.encode())
        except UnicodeEncodeError:
            hashed.update(key_bytes(key))
        return from_bytes(hashed.digest()[:8], "big") * BUCKETS >> 64

    return bucket


def key_bytes(key: str) -> bytes:
    """A key as UTF-8; half of a surrogate pair, which no UTF-8 can carry, counts as U+FFFD."""
    try:
        return key.encode()
    except UnicodeEncodeError:
        return key.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
