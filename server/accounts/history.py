"""Records changes of access in the audit log. Never puts a password, a key or a digest there."""

from datetime import datetime

from server.accounts.authors import Author, Scope
from server.accounts.models import ApiKey, Grant, Organisation
from server.accounts.refusals import reference_to
from server.audit.record import record
from server.errors import Reference

Snapshot = dict[str, object]


def grant_snapshot(grant: Grant) -> Snapshot:
    """What a grant is, in the API's words."""
    return {
        "holder": reference_to(grant).name,
        "role": grant.role,
        "projectId": grant.project_id,
        "environmentId": grant.environment_id,
    }


def record_grant(
    action: str,
    grant: Grant,
    *,
    author: Author,
    before: Snapshot | None,
    after: Snapshot | None,
    now: datetime,
) -> None:
    """Record what happened to a grant, in the place that it holds for."""
    record(
        author=author,
        action=action,
        scope=grant.scope,
        object=reference_to(grant),
        before=before,
        after=after,
        now=now,
    )


def api_key_snapshot(api_key: ApiKey) -> Snapshot:
    """What may be known of an API key, in the API's words."""
    return {
        "name": api_key.name,
        "prefix": api_key.prefix,
        "expiresAt": None if api_key.expires_at is None else api_key.expires_at.isoformat(),
        "revokedAt": None if api_key.revoked_at is None else api_key.revoked_at.isoformat(),
    }


def record_api_key(
    action: str,
    api_key: ApiKey,
    *,
    scope: Scope,
    author: Author,
    before: Snapshot | None,
    after: Snapshot,
    now: datetime,
) -> None:
    """Record what happened to an API key."""
    record(
        author=author,
        action=action,
        scope=scope,
        object=Reference("ApiKey", api_key.pk, api_key.name),
        before=before,
        after=after,
        now=now,
    )


def record_organisation(
    action: str, organisation: Organisation, *, author: Author, before: Snapshot | None, now: datetime
) -> None:
    """Record what happened to an organisation as such."""
    record(
        author=author,
        action=action,
        scope=Scope(organisation.pk),
        object=Reference("Organisation", organisation.pk, organisation.name),
        before=before,
        after={"name": organisation.name},
        now=now,
    )
