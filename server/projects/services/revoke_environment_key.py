"""Revokes environment keys, for good. Never deletes one: its name stands in the audit log."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.refusals import AlreadyRevoked
from server.projects.locks import lock_environment_key
from server.projects.models import EnvironmentKey
from server.projects.records import environment_key_snapshot, record_environment_key, reference_to_key
from server.projects.revisions import bump_revision


@transaction.atomic(durable=True)
def revoke_environment_key(*, environment_key_id: int, author: Author, now: datetime) -> EnvironmentKey:
    """Make a key count for nothing, as soon as the processes that serve flags have learned of it.

    The revision grows, though no flag serves anything else: that is how they learn of it.

    Raises:
        NotFound: no key with this id, or none of an environment that the author may administer.
        AlreadyRevoked: it is revoked.
    """
    key = lock_environment_key(environment_key_id, author=author)
    if key.revoked_at is not None:
        raise AlreadyRevoked("environment key", reference_to_key(key))
    before = environment_key_snapshot(key)
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    record_environment_key("environment_key.revoke", key, author=author, before=before, now=now)
    bump_revision(key.environment)
    return key
