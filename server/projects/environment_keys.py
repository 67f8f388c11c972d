"""The text of an environment key: made by its kind. Pure: never stores one.

It is digested, and shown in part, as every key is: by ``server.accounts.keys``. Of which kind
a key *is* stands in its row: a form proves nothing.
"""

from server.accounts.keys import new_key
from server.projects.models import EnvironmentKeyKind

STARTS = {EnvironmentKeyKind.SERVER: "fss_", EnvironmentKeyKind.CLIENT: "fsc_"}
"""Tells a key that belongs into a web page from one that must never get there."""


def new_environment_key(kind: EnvironmentKeyKind) -> str:
    """A fresh key of 256 random bits that says of which kind it is."""
    return new_key(STARTS[kind])
