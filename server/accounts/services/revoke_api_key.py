"""Revokes API keys, for good. Never deletes one: its name stands in the audit log."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope
from server.accounts.history import api_key_snapshot, record_api_key
from server.accounts.locks import lock_access
from server.accounts.models import ApiKey
from server.accounts.permissions import authorise
from server.accounts.refusals import AlreadyRevoked
from server.accounts.roles import Permission
from server.accounts.selectors.access import api_keys
from server.errors import NotFound, Reference


@transaction.atomic(durable=True)
def revoke_api_key(*, api_key_id: int, author: Author, now: datetime) -> ApiKey:
    """Make a key count for nothing, from the next request on.

    Raises:
        NotFound: no key with this id that the author may see.
        MissingRole: the key holds a role in a place that the author does not own.
        AlreadyRevoked: it is revoked.
    """
    key = api_keys(author).filter(pk=api_key_id).first()
    if key is None:
        raise NotFound("API key")
    _, author = lock_access(key.organisation_id, author=author)
    api_key = api_keys(author).prefetch_related("grants").filter(pk=api_key_id).first()
    if api_key is None:
        raise NotFound("API key")
    places = [grant.scope for grant in api_key.grants.all()] or [Scope(api_key.organisation_id)]
    for place in places:
        authorise(author, Permission.MANAGE_ACCESS, place)
    if api_key.revoked_at is not None:
        raise AlreadyRevoked("API key", Reference("ApiKey", api_key.pk, api_key.name))
    before = api_key_snapshot(api_key)
    api_key.revoked_at = now
    api_key.save(update_fields=["revoked_at"])
    record_api_key(
        "api_key.revoke",
        api_key,
        scope=places[0] if len(places) == 1 else Scope(api_key.organisation_id),
        author=author,
        before=before,
        after=api_key_snapshot(api_key),
        now=now,
    )
    return api_key
