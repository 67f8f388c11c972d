"""The text of a key: how it is made, recognised and digested. Pure: never stores one.

Higher floors have keys of their own, with another start and the same form.
"""

import re
import secrets
from hashlib import sha256

KEY_START = "fsk_"
"""Says at a glance, and to scanners for leaked secrets, what such a text is: an API key."""

PREFIX_LENGTH = 8
DIGEST_LENGTH = 64

_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}")


def new_key(start: str = KEY_START) -> str:
    """A fresh key of 256 random bits; ``start`` says of which sort."""
    return start + secrets.token_urlsafe(32)


def looks_like_key(text: str, start: str = KEY_START) -> bool:
    """Whether ``text`` has the form of such a key; only then is it worth a look-up."""
    return text.startswith(start) and _RANDOM.fullmatch(text, len(start)) is not None


def prefix_of(key: str) -> str:
    """The part of a key that may be shown, for people to recognise it by: what follows its start."""
    return key.partition("_")[2][:PREFIX_LENGTH]


def digest_of(key: str) -> str:
    """What is stored instead of the key. A key is random, so one fast hash is enough.

    Looking up a digest tells an attacker who measures time nothing about the key.
    """
    return sha256(key.encode()).hexdigest()
