"""The digest of an event's id, which stands for the id wherever it was seen before. Knows no environment."""

from hashlib import sha256

LENGTH = 32
"""Hexadecimal digits: as many as PostgreSQL's UUIDs have."""


def digest_of(event_id: str) -> str:
    """The first half of the id's SHA-256, as PostgreSQL reads a UUID."""
    return sha256(event_id.encode()).hexdigest()[:LENGTH]
