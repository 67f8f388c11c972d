"""The text of an environment key: made and recognised by its kind. Pure: never stores one.

It is digested, and shown in part, as every key is: by ``server.accounts.keys``.
"""

from server.accounts.keys import looks_like_key, new_key
from server.projects.models import EnvironmentKeyKind

STARTS = {EnvironmentKeyKind.SERVER: "fss_", EnvironmentKeyKind.CLIENT: "fsc_"}
"""Tells a key that belongs into a web page from one that must never get there."""


def new_environment_key(kind: EnvironmentKeyKind) -> str:
    """A fresh key of 256 random bits that says of which kind it is."""
    return new_key(STARTS[kind])


def looks_like_environment_key(text: str) -> bool:
    """Whether ``text`` has the form of an environment key; only then is it worth a look-up.

    Of which kind a key *is* stands in its row: a form proves nothing.
    """
    return any(looks_like_key(text, start) for start in STARTS.values())
