"""Lists of projects and environments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.projects import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.ids import decode_id
from server.schema.projects.types import Environment, Project
from server.schema.texts import sound

Text = Annotated[str | None, strawberry.argument(description="Only those with this text in their name.")]


def _projects(
    info: Info,
    text: Text = None,
    order: Annotated[
        selectors.ProjectOrder, strawberry.argument(description="The order.")
    ] = selectors.ProjectOrder.NAME,
) -> QuerySet[models.Project]:
    return selectors.search_projects(author_of(info), text=sound(text), order=order)


def _environments(
    info: Info,
    project_id: Annotated[
        ID | None, strawberry.argument(description="The project; left out, all that you may see.")
    ] = None,
    text: Text = None,
    order: Annotated[
        selectors.EnvironmentOrder, strawberry.argument(description="The order.")
    ] = selectors.EnvironmentOrder.NAME,
) -> QuerySet[models.Environment]:
    return selectors.search_environments(
        author_of(info),
        project_id=None if project_id is None else decode_id(project_id, "Project"),
        text=sound(text),
        order=order,
    )


@strawberry.type
class ProjectQueries:
    projects: Connection[Project] = connection(resolver=_projects, description="The projects that you may see.")
    environments: Connection[Environment] = connection(
        resolver=_environments, description="The environments that you may see."
    )
