"""Reads of projects and environments: what exists for an author, in the order of lists."""

from django.db.models import QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.projects.models import Environment, Project


def projects_for(projects: QuerySet[Project], author: Author) -> QuerySet[Project]:
    """The projects that exist for the author, by name."""
    return projects.filter(visible(author, project="id")).order_by("name", "id")


def environments_for(environments: QuerySet[Environment], author: Author) -> QuerySet[Environment]:
    """The environments that exist for the author, by name."""
    within = visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    return environments.filter(within).order_by("name", "id")
