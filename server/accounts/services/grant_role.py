"""Grants roles to users and API keys. Never changes a role that is granted already."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope
from server.accounts.history import grant_snapshot, record_grant
from server.accounts.inputs import email_problems, refuse_any
from server.accounts.locks import lock_access
from server.accounts.models import ApiKey, Grant, User
from server.accounts.permissions import authorise
from server.accounts.places import refused_in_no_place
from server.accounts.refusals import AlreadyGranted, holder_of
from server.accounts.roles import Permission, Role
from server.accounts.selectors.access import api_keys
from server.database.integrity import refused_by
from server.errors import InvalidInput, NotFound, Problem

MAX_GRANTS = 200
"""Of one holder in one organisation: every request reads them all."""


@transaction.atomic(durable=True)
def grant_role(
    *,
    role: Role,
    scope: Scope,
    author: Author,
    now: datetime,
    email: str | None = None,
    api_key_id: int | None = None,
) -> Grant:
    """Give a role in a place to a user, named by e-mail address, or to an API key.

    Raises:
        NotFound: the place or the key does not exist, or not for the author.
        MissingRole: the author does not own the place.
        InvalidInput: not exactly one holder, an address that is no user's, or a holder of many roles.
        AlreadyGranted: the holder has a role in this very place.
    """
    organisation, author = lock_access(scope.organisation_id, author=author)
    authorise(author, Permission.MANAGE_ACCESS, scope)
    user, api_key = _holder(email, api_key_id, organisation_id=organisation.pk, author=author)
    grant = Grant(
        user=user,
        api_key=api_key,
        role=role,
        organisation=organisation,
        project_id=scope.project_id,
        environment_id=scope.environment_id,
        created_at=now,
    )
    there = Grant.objects.filter(
        user=user,
        api_key=api_key,
        organisation=organisation,
        project_id=scope.project_id,
        environment_id=scope.environment_id,
    ).first()
    if there is not None:
        raise AlreadyGranted(holder_of(there), there)
    if Grant.objects.filter(user=user, api_key=api_key, organisation=organisation).count() >= MAX_GRANTS:
        message = f"One holder has at most {MAX_GRANTS} roles in an organisation: grant one for a larger place."
        raise InvalidInput([Problem(("input",), "TOO_MANY", message)])
    taken = {"grant_once_per_holder_and_place": lambda: AlreadyGranted(holder_of(grant))}
    with refused_in_no_place(), refused_by(taken):
        grant.save(force_insert=True)
    record_grant("grant.create", grant, author=author, before=None, after=grant_snapshot(grant), now=now)
    return grant


def _holder(
    email: str | None, api_key_id: int | None, *, organisation_id: int, author: Author
) -> tuple[User | None, ApiKey | None]:
    """Who is to hold the role: an active user, or a key of this organisation that is not revoked."""
    if email is None and api_key_id is not None:
        keys = api_keys(author).filter(organisation_id=organisation_id, revoked_at=None)
        api_key = keys.filter(pk=api_key_id).first()
        if api_key is None:
            raise NotFound("API key", "apiKeyId")
        return None, api_key
    if email is None or api_key_id is not None:
        message = "Name exactly one: the e-mail address of a user, or an API key."
        raise InvalidInput([Problem(("input",), "EXACTLY_ONE", message)])
    refuse_any(email_problems(email), "input")
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        raise InvalidInput([Problem(("input", "email"), "UNKNOWN_USER", "Nobody signs in with this address.")])
    return user, None
