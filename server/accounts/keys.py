"""The text of an API key: how it is made, recognised and digested. Pure: never stores one."""

import re
import secrets
from hashlib import sha256

KEY_START = "fsk_"
"""Says at a glance, and to scanners for leaked secrets, what such a text is."""

_KEY = re.compile(r"fsk_[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """A fresh key of 256 random bits."""
    return KEY_START + secrets.token_urlsafe(32)


def looks_like_key(text: str) -> bool:
    """Whether ``text`` has the form of a key; only then is it worth a look-up."""
    return _KEY.fullmatch(text) is not None


def prefix_of(key: str) -> str:
    """The part of a key that may be shown, for people to recognise it by."""
    return key[len(KEY_START) : len(KEY_START) + 8]


def digest_of(key: str) -> str:
    """What is stored instead of the key. A key is random, so one fast hash is enough.

    Looking up a digest tells an attacker who measures time nothing about the key.
    """
    return sha256(key.encode()).hexdigest()
