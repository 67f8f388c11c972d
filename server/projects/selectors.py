"""Reads of projects and environments: what exists for an author, in the order of lists."""

from enum import StrEnum

from django.db.models import QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.projects.models import Environment, Project


class ProjectOrder(StrEnum):
    """The order of a list of projects; each value is a column, from its end with a minus."""

    NAME = "name"
    NEWEST = "-created_at"


class EnvironmentOrder(StrEnum):
    """The order of a list of environments; each value is a column, from its end with a minus."""

    NAME = "name"
    NEWEST = "-created_at"


def projects_for(projects: QuerySet[Project], author: Author) -> QuerySet[Project]:
    """The projects that exist for the author, by name."""
    return projects.filter(visible(author, project="id")).order_by("name", "id")


def environments_for(environments: QuerySet[Environment], author: Author) -> QuerySet[Environment]:
    """The environments that exist for the author, by name."""
    within = visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    return environments.filter(within).order_by("name", "id")


def search_projects(
    author: Author, *, text: str | None = None, order: ProjectOrder = ProjectOrder.NAME
) -> QuerySet[Project]:
    """The projects that exist for the author, in this order; the text narrows."""
    projects = projects_for(Project.objects.all(), author)
    if text:
        projects = projects.filter(name__icontains=text)
    return projects.order_by(order, "-id")


def search_environments(
    author: Author,
    *,
    project_id: int | None = None,
    text: str | None = None,
    order: EnvironmentOrder = EnvironmentOrder.NAME,
) -> QuerySet[Environment]:
    """The environments that exist for the author, in this order; every other argument narrows."""
    environments = environments_for(Environment.objects.all(), author)
    if project_id is not None:
        environments = environments.filter(project_id=project_id)
    if text:
        environments = environments.filter(name__icontains=text)
    return environments.order_by(order, "-id")
