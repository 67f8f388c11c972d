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


@strawberry.type(description="Who is behind a change: a user, an API key, or the server itself.")
class ChangeAuthor:
    kind: AuthorKind = strawberry.field(description="What the author is.")
    name: str = strawberry.field(description="The author's name at the time of the change.")


AUTHOR_COLUMNS = ["author_kind", "author_name"]


def change_author(row: AuthoredModel | AuditRecord) -> ChangeAuthor:
    """Who wrote the row."""
    return ChangeAuthor(kind=AuthorKind(row.author_kind), name=row.author_name)


def author_of(info: Info) -> Author:
    """Who asks: the gate before execution lets nobody through who is not signed in."""
    return cast(Author, info.context.author)


def now() -> datetime:
    """The moment of the request: resolvers hand it to services, which never look at a clock."""
    return timezone.now()
