"""Makes the people, keys and places that the tests of accounts are about, past the services."""

from datetime import UTC, datetime, timedelta

from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.keys import digest_of, new_key, prefix_of
from server.accounts.models import ApiKey, Grant, Organisation, User
from server.accounts.roles import Role
from server.accounts.selectors.authors import author_of_user
from server.audit.authorship import AuthorKind
from server.projects.models import Environment, Project

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def an_organisation(name: str = "Shop") -> Organisation:
    return Organisation.objects.create(name=name, created_at=NOW)


def a_project(organisation: Organisation, name: str = "Web") -> Scope:
    project = Project.objects.create(organisation=organisation, name=name, created_at=NOW)
    return Scope(organisation.pk, project.pk)


def an_environment(project: Scope, name: str = "Production") -> Scope:
    of_project = Project.objects.get(pk=project.project_id or 0)
    environment = Environment.objects.create(project=of_project, name=name, versioning="V2", created_at=NOW)
    return Scope(project.organisation_id, project.project_id, environment.pk)


def a_user(email: str = "ada@shop.test") -> User:
    return User.objects.create_user(email, PASSWORD, name=email.split("@")[0].title(), created_at=NOW)


def a_grant(holder: User | ApiKey, role: Role, scope: Scope) -> Grant:
    return Grant.objects.create(
        user=holder if isinstance(holder, User) else None,
        api_key=holder if isinstance(holder, ApiKey) else None,
        role=role,
        organisation_id=scope.organisation_id,
        project_id=scope.project_id,
        environment_id=scope.environment_id,
        created_at=NOW,
    )


def a_member(organisation: Organisation, role: Role, email: str, scope: Scope | None = None) -> Author:
    """A stored user who holds a role, as an author; in the whole organisation unless said otherwise."""
    user = a_user(email)
    a_grant(user, role, scope or Scope(organisation.pk))
    return author_of_user(user)


def an_api_key(
    organisation: Organisation,
    *,
    role: Role | None = Role.EDITOR,
    scope: Scope | None = None,
    expires_in: timedelta | None = None,
    revoked_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A stored key, and its text."""
    text = new_key()
    key = ApiKey.objects.create(
        organisation=organisation,
        name="Deploys",
        prefix=prefix_of(text),
        digest=digest_of(text),
        created_by="Ada",
        created_at=NOW,
        expires_at=None if expires_in is None else NOW + expires_in,
        revoked_at=revoked_at,
    )
    if role is not None:
        a_grant(key, role, scope or Scope(organisation.pk))
    return key, text


def an_author(*held: tuple[Role, Scope]) -> Author:
    """Somebody with these roles who is stored nowhere."""
    return Author(AuthorKind.USER, 1, "Ada", tuple(HeldGrant(role, scope) for role, scope in held))
