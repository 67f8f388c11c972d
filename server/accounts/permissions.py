"""The one place that answers what an author may do. Pure: never touches the database.

A grant holds for its place and all inside it. A grant further down lets its holder *see*
the way there: with a role in one environment one sees its project, and what belongs to
that project as such (features, segments), but neither other environments nor other
projects, and may change nothing above the environment.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from server.accounts.authors import Author, Scope
from server.accounts.roles import Permission
from server.errors import NotAllowed, NotFound

NOWHERE = Q(pk__in=[])
"""Matches no row; Django answers such a query without asking the database."""

EVERYWHERE = ~NOWHERE
"""Matches every row, also when something is added with ``|``: to that, an empty Q says nothing."""

__all__ = [
    "EVERYWHERE",
    "NOWHERE",
    "MissingRole",
    "Permission",
    "authorise",
    "may",
    "permitted",
    "sees",
    "visible",
    "visible_organisations",
]


class MissingRole(NotAllowed):
    """The author sees the place, and holds no role there that is enough."""

    def __init__(self, permission: Permission, scope: Scope) -> None:
        self.permission, self.scope = permission, scope
        role = permission.least_role
        enough = f"the role {role}" if role == "OWNER" else f"the role {role} or a higher one"
        above = "" if scope.kind == "organisation" else ", or in what it is part of"
        super().__init__(f"You need {enough} in this {scope.kind}{above}.")


def may(author: Author, permission: Permission, scope: Scope) -> bool:
    """Whether ``author`` holds a role that is enough for ``permission`` in all of ``scope``."""
    return author.is_system or any(
        held.role.permits(permission) and held.scope.contains(scope) for held in author.grants
    )


def sees(author: Author, scope: Scope) -> bool:
    """Whether ``scope`` exists for ``author``: it lies in a place of theirs, or on the way to one."""
    return author.is_system or any(held.scope.contains(scope) or scope.contains(held.scope) for held in author.grants)


def authorise(author: Author, permission: Permission, scope: Scope) -> None:
    """Refuse, unless ``author`` may do this here.

    Raises:
        NotFound: the place does not exist for the author.
        MissingRole: it does, and the author holds no role there that is enough.
    """
    if may(author, permission, scope):
        return
    if not sees(author, scope):
        raise NotFound(scope.kind)
    raise MissingRole(permission, scope)


def visible_organisations(author: Author, *, organisation: str = "id") -> Q:
    """Restricts a query to the organisations that exist for ``author``; agrees with ``sees``."""
    if author.is_system:
        return EVERYWHERE
    return _any_of((organisation, [held.scope.organisation_id for held in author.grants]))


def visible(
    author: Author,
    *,
    organisation: str = "organisation_id",
    project: str = "project_id",
    environment: str | None = None,
) -> Q:
    """Restricts a query to what exists for ``author``; agrees with ``sees``.

    The arguments name the look-ups that lead to the ids. Without ``environment`` the rows
    are projects, or belong to a project as such; with it, they are environments, or belong
    to one. What belongs to an organisation as such is for ``permitted`` to restrict.
    """
    if environment is not None:
        return permitted(author, Permission.VIEW, organisation=organisation, project=project, environment=environment)
    if author.is_system:
        return EVERYWHERE
    scopes = [held.scope for held in author.grants]
    return _any_of(
        (organisation, [s.organisation_id for s in scopes if s.kind == "organisation"]),
        (project, [s.project_id for s in scopes]),
    )


def permitted(
    author: Author,
    permission: Permission,
    *,
    organisation: str = "organisation_id",
    project: str | None = "project_id",
    environment: str | None = "environment_id",
) -> Q:
    """Restricts a query to rows of places where ``author`` holds ``permission``; agrees with ``may``.

    The rows may belong to an organisation, a project or an environment: ids that do not
    apply are null, and look-ups that never apply are None.
    """
    if author.is_system:
        return EVERYWHERE
    scopes = [held.scope for held in author.grants if held.role.permits(permission)]
    return _any_of(
        (organisation, [s.organisation_id for s in scopes if s.kind == "organisation"]),
        (project, [s.project_id for s in scopes if s.kind == "project"]),
        (environment, [s.environment_id for s in scopes]),
    )


def _any_of(*places: tuple[str | None, Iterable[int | None]]) -> Q:
    """Rows where one of the look-ups leads to one of its ids, Nones left out."""
    conditions = [
        Q(**{f"{lookup}__in": ids})
        for lookup, found in places
        if lookup is not None and (ids := sorted({id for id in found if id is not None}))
    ]
    return reduce(or_, conditions) if conditions else NOWHERE
