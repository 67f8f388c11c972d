"""The environment keys that are in force, in memory; it never asks the database, whatever a caller sends.

All of them are held, a few hundred bytes each: a key that is not here does not exist, so a
caller who tries random ones costs a hash each and not a query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.accounts.keys import digest_of

LONGEST = 100
"""Longer than any key: what is longer is not worth a hash."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key opens, and until when (in seconds since the epoch)."""

    environment_id: int
    client: bool
    expires_at: float | None = None


class KeyRing:
    """Every key in force. One thread replaces them all at once; any may look one up."""

    def __init__(self) -> None:
        self._keys: Mapping[str, Key] = {}
        self.changed: list[Callable[[], object]] = []
        """Called in the thread that replaces them, once there are others."""

    def replace(self, keys: Mapping[str, Key]) -> None:
        """From now on there are these, by the digest of their text."""
        self._keys = keys
        for tell in self.changed:
            tell()

    def find(self, text: str, now: float) -> Key | None:
        """The key with this text, if it is in force."""
        if len(text) > LONGEST:
            return None
        key = self._keys.get(digest_of(text))
        return None if key is None or (key.expires_at is not None and key.expires_at <= now) else key
