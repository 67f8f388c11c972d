"""Lists of projects and environments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.projects import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.narrowing import key_of
from server.schema.projects.lists import InEnvironmentOrder, InProjectOrder, Mode, Text, projects
from server.schema.projects.types import Environment, Project
from server.schema.texts import sound


def _projects(
    info: Info, text: Text = None, order: InProjectOrder = selectors.ProjectOrder.NAME
) -> QuerySet[models.Project]:
    return projects(models.Project.objects.all(), author_of(info), text=text, order=order)


def _environments(
    info: Info,
    project_id: Annotated[
        ID | None, strawberry.argument(description="The project; left out, all that you may see.")
    ] = None,
    text: Text = None,
    versioning: Mode = None,
    order: InEnvironmentOrder = selectors.EnvironmentOrder.NAME,
) -> QuerySet[models.Environment]:
    return selectors.environments_for(
        models.Environment.objects.all(),
        author_of(info),
        project_id=key_of(project_id, "Project"),
        text=sound(text),
        versioning=versioning,
        order=order,
    )


@strawberry.type
class ProjectQueries:
    projects: Connection[Project] = connection(resolver=_projects, description="The projects that you may see.")
    environments: Connection[Environment] = connection(
        resolver=_environments, description="The environments that you may see."
    )
