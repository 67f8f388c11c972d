"""The three columns that say who wrote a row. Never a foreign key: a row outlives its author."""

from typing import Any

from django.db import models

from server.audit.authorship import Authorship


class AuthoredModel(models.Model):
    """A row that names its author: a user, an API key, or the server itself."""

    author_kind = models.CharField(max_length=16)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=254)

    class Meta:
        abstract = True


def author_columns(author: Authorship) -> dict[str, Any]:
    """The author's columns, for the constructor of an ``AuthoredModel``."""
    return {"author_kind": author.kind, "author_id": author.id, "author_name": author.name}
