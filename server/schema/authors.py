"""Who is behind a change, as the API tells it; and who asks, as resolvers need it."""

from datetime import datetime
from typing import cast

import strawberry
from django.utils import timezone
from strawberry import Info

from server.accounts.authored import AuthoredModel
from server.accounts.authors import Author
from server.audit.authorship import AuthorKind
from server.audit.models import AuditRecord
from server.schema.ids import encode_id


@strawberry.type(description="Who is behind a change: a user, an API key, or the server itself.")
class ChangeAuthor:
    id: strawberry.ID | None = strawberry.field(
        description="The id of the user or the API key, who may be gone since; null for the server itself."
    )
    kind: AuthorKind = strawberry.field(description="What the author is.")
    name: str = strawberry.field(description="The author's name at the time of the change.")


AUTHOR_COLUMNS = ["author_kind", "author_id", "author_name"]
TYPE_NAMES = {AuthorKind.USER: "User", AuthorKind.API_KEY: "ApiKey"}
"""What the types of authors are called; the server itself is no object."""


def named_author(kind: str, key: int | None, name: str) -> ChangeAuthor:
    """An author as rows and receipts write one down."""
    type_name = TYPE_NAMES.get(AuthorKind(kind))
    id = None if type_name is None or key is None else encode_id(type_name, key)
    return ChangeAuthor(id=id, kind=AuthorKind(kind), name=name)


def change_author(row: AuthoredModel | AuditRecord) -> ChangeAuthor:
    """Who wrote the row."""
    return named_author(row.author_kind, row.author_id, row.author_name)


def author_of(info: Info) -> Author:
    """Who asks: the gate before execution lets nobody through who is not signed in."""
    return cast(Author, info.context.author)


def now() -> datetime:
    """The moment of the request: resolvers hand it to services, which never look at a clock."""
    return timezone.now()
