"""What the audit log needs to know of an author and of a place. Knows no users, keys or organisations.

Higher floors have richer types; whatever has these attributes fits.
"""

from typing import Protocol

from django.db import models


class AuthorKind(models.TextChoices):
    """What an author is: a person, a machine with a key, or the server itself."""

    USER = "USER"
    API_KEY = "API_KEY"
    SYSTEM = "SYSTEM"


class Authorship(Protocol):
    """Who is behind a change; ``id`` is None for the server's own work."""

    @property
    def kind(self) -> AuthorKind: ...
    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class Place(Protocol):
    """Where a change happened: in an organisation, perhaps in one project or environment of it."""

    @property
    def organisation_id(self) -> int: ...
    @property
    def project_id(self) -> int | None: ...
    @property
    def environment_id(self) -> int | None: ...
