"""Loads authors with the roles that they hold at this moment. Never decides what a role permits."""

from dataclasses import replace

from server.accounts.authors import Author, HeldGrant, Scope
from server.accounts.models import ApiKey, Grant, User
from server.accounts.roles import Role
from server.audit.authorship import AuthorKind

_HELD = ("role", "organisation_id", "project_id", "environment_id")


def author_of_user(user: User) -> Author:
    """The author that a user is; one statement."""
    return _with_grants(Author(AuthorKind.USER, user.pk, str(user)))


def author_of_api_key(api_key: ApiKey) -> Author:
    """The author that an API key is; one statement."""
    return _with_grants(Author(AuthorKind.API_KEY, api_key.pk, api_key.name))


def refreshed(author: Author) -> Author:
    """The same author with the roles of now, not those of the moment of authentication.

    Whoever was deactivated or revoked since holds none.
    """
    return author if author.is_system else _with_grants(author)


def held_grant(role: str, organisation_id: int, project_id: int | None, environment_id: int | None) -> HeldGrant:
    """A row of the grants' table as the value that permissions work on."""
    return HeldGrant(Role(role), Scope(organisation_id, project_id, environment_id))


def _with_grants(author: Author) -> Author:
    if author.kind is AuthorKind.USER:
        grants = Grant.objects.filter(user_id=author.holder_id, user__is_active=True)
    else:
        grants = Grant.objects.filter(api_key_id=author.holder_id, api_key__revoked_at=None)
    return replace(author, grants=tuple(held_grant(*row) for row in grants.values_list(*_HELD)))
