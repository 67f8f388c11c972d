"""What lists of projects, environments and their keys can be narrowed and ordered by, below other objects too."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet

from server.accounts.authors import Author
from server.projects import selectors
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind, Project, Versioning
from server.schema.texts import sound

Text = Annotated[str | None, strawberry.argument(description="Only those with this text in their name.")]
Mode = Annotated[
    Versioning | None, strawberry.argument(description="Only those that keep the past of flags in this way.")
]
InProjectOrder = Annotated[selectors.ProjectOrder, strawberry.argument(description="The order.")]
InEnvironmentOrder = Annotated[selectors.EnvironmentOrder, strawberry.argument(description="The order.")]


def projects(
    rows: QuerySet[Project],
    author: Author,
    *,
    text: Text = None,
    order: InProjectOrder = selectors.ProjectOrder.NAME,
) -> QuerySet[Project]:
    """Those of the projects that exist for the author."""
    return selectors.projects_for(rows, author, text=sound(text), order=order)


def environments(
    rows: QuerySet[Environment],
    author: Author,
    *,
    text: Text = None,
    versioning: Mode = None,
    order: InEnvironmentOrder = selectors.EnvironmentOrder.NAME,
) -> QuerySet[Environment]:
    """Those of the environments that exist for the author."""
    return selectors.environments_for(rows, author, text=sound(text), versioning=versioning, order=order)


def environment_keys(
    rows: QuerySet[EnvironmentKey],
    author: Author,
    *,
    text: Annotated[
        str | None, strawberry.argument(description="Only those with this text in their name or prefix.")
    ] = None,
    kind: Annotated[EnvironmentKeyKind | None, strawberry.argument(description="Only those of this kind.")] = None,
    revoked: Annotated[bool | None, strawberry.argument(description="Only revoked ones, or only the others.")] = None,
    order: Annotated[
        selectors.EnvironmentKeyOrder, strawberry.argument(description="The order.")
    ] = selectors.EnvironmentKeyOrder.NEWEST,
) -> QuerySet[EnvironmentKey]:
    """Those of the keys whose environment the author administers."""
    return selectors.environment_keys_for(rows, author, text=sound(text), kind=kind, revoked=revoked, order=order)
