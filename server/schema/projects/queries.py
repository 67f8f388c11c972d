"""Lists of projects."""

import strawberry
from django.db.models import QuerySet
from strawberry import Info

from server.projects import models
from server.projects.selectors import projects_for
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.projects.types import Project


def _projects(info: Info) -> QuerySet[models.Project]:
    return projects_for(models.Project.objects.all(), author_of(info))


@strawberry.type
class ProjectQueries:
    projects: Connection[Project] = connection(
        resolver=_projects, description="The projects that you may see, by name."
    )
