"""Records what happens to environment keys in the audit log. Never puts a key or a digest there."""

from datetime import datetime

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import Reference
from server.projects.locks import scope_of
from server.projects.models import EnvironmentKey

Snapshot = dict[str, object]


def environment_key_snapshot(key: EnvironmentKey) -> Snapshot:
    """What may be known of an environment key, in the API's words."""
    return {
        "name": key.name,
        "kind": str(key.kind),
        "prefix": key.prefix,
        "expiresAt": None if key.expires_at is None else key.expires_at.isoformat(),
        "revokedAt": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }


def record_environment_key(
    action: str, key: EnvironmentKey, *, author: Author, before: Snapshot | None, now: datetime
) -> None:
    """Record what happened to an environment key, and what it is now."""
    record(
        author=author,
        action=action,
        scope=scope_of(key.environment),
        object=reference_to_key(key),
        before=before,
        after=environment_key_snapshot(key),
        now=now,
    )


def reference_to_key(key: EnvironmentKey) -> Reference:
    """The key, as refusals and the audit log name it."""
    return Reference("EnvironmentKey", key.pk, key.name)
