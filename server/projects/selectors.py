"""Reads of projects and environments: what exists for an author, in the order of lists."""

from enum import StrEnum

from django.db.models import Q, QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import Permission, permitted, visible
from server.projects.models import Environment, EnvironmentKey, EnvironmentKeyKind, Project, Versioning


class ProjectOrder(StrEnum):
    """The order of a list of projects; each value is its columns, from their end with a minus."""

    NAME = "name -id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"


class EnvironmentOrder(StrEnum):
    """The order of a list of environments; each value is its columns, from their end with a minus."""

    NAME = "name -id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"


class EnvironmentKeyOrder(StrEnum):
    """The order of a list of environment keys; each value is its columns, from their end with a minus."""

    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    NAME = "name -id"


def projects_for(
    projects: QuerySet[Project], author: Author, *, text: str | None = None, order: ProjectOrder = ProjectOrder.NAME
) -> QuerySet[Project]:
    """Those of the projects that exist for the author, in this order; the text narrows."""
    projects = projects.filter(visible(author, project="id"))
    if text:
        projects = projects.filter(name__icontains=text)
    return projects.order_by(*order.split())


def environments_for(
    environments: QuerySet[Environment],
    author: Author,
    *,
    project_id: int | None = None,
    text: str | None = None,
    versioning: Versioning | None = None,
    order: EnvironmentOrder = EnvironmentOrder.NAME,
) -> QuerySet[Environment]:
    """Those of the environments that exist for the author, in this order; every other argument narrows."""
    within = visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    environments = environments.filter(within)
    if project_id is not None:
        environments = environments.filter(project_id=project_id)
    if text:
        environments = environments.filter(name__icontains=text)
    if versioning is not None:
        environments = environments.filter(versioning=versioning)
    return environments.order_by(*order.split())


def environment_keys_for(
    keys: QuerySet[EnvironmentKey],
    author: Author,
    *,
    text: str | None = None,
    kind: EnvironmentKeyKind | None = None,
    revoked: bool | None = None,
    order: EnvironmentKeyOrder = EnvironmentKeyOrder.NEWEST,
) -> QuerySet[EnvironmentKey]:
    """Those of the keys whose environment the author administers, in this order; every other argument narrows.

    They never say how the keys read.
    """
    administered = permitted(
        author,
        Permission.ADMINISTER,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )
    keys = keys.filter(administered).defer("digest")
    if text:
        keys = keys.filter(Q(name__icontains=text) | Q(prefix__icontains=text))
    if kind is not None:
        keys = keys.filter(kind=kind)
    if revoked is not None:
        keys = keys.filter(revoked_at__isnull=not revoked)
    return keys.order_by(*order.split())
