"""What lists of organisations, API keys and grants can be narrowed and ordered by, below other objects too."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID

from server.accounts.authors import Author
from server.accounts.models import ApiKey, Grant
from server.accounts.roles import Role
from server.accounts.selectors import access
from server.schema.narrowing import holder_of, key_of
from server.schema.texts import sound

OrganisationText = Annotated[str | None, strawberry.argument(description="Only those with this text in their name.")]
InOrganisationOrder = Annotated[access.OrganisationOrder, strawberry.argument(description="The order.")]


def api_keys(
    rows: QuerySet[ApiKey],
    author: Author,
    *,
    text: Annotated[
        str | None, strawberry.argument(description="Only those with this text in their name or prefix.")
    ] = None,
    revoked: Annotated[bool | None, strawberry.argument(description="Only revoked ones, or only the others.")] = None,
    order: Annotated[access.ApiKeyOrder, strawberry.argument(description="The order.")] = access.ApiKeyOrder.NEWEST,
) -> QuerySet[ApiKey]:
    """Those of the keys that the author may manage."""
    return access.api_keys_for(rows, author, text=sound(text), revoked=revoked, order=order)


def grants(
    rows: QuerySet[Grant],
    author: Author,
    *,
    role: Annotated[list[Role] | None, strawberry.argument(description="Only of one of these roles.")] = None,
    holder_id: Annotated[ID | None, strawberry.argument(description="Only of this user or API key.")] = None,
    project_id: Annotated[
        ID | None, strawberry.argument(description="Only for this project, or for a part of it.")
    ] = None,
    environment_id: Annotated[ID | None, strawberry.argument(description="Only for this environment.")] = None,
    order: Annotated[access.GrantOrder, strawberry.argument(description="The order.")] = access.GrantOrder.OLDEST,
) -> QuerySet[Grant]:
    """Those of the grants that are in places where the author holds a role."""
    return access.grants_for(
        rows,
        author,
        roles=role,
        holder=holder_of(holder_id),
        project_id=key_of(project_id, "Project"),
        environment_id=key_of(environment_id, "Environment"),
        order=order,
    )
