"""Salts: random, stored, never row ids, never changed."""

import secrets


def new_salt() -> str:
    """128 random bits as 22 characters."""
    return secrets.token_urlsafe(16)
