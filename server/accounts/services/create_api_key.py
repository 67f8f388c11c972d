"""Creates API keys. The key itself is given back once, and stored nowhere."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author, Scope
from server.accounts.history import api_key_snapshot, record_api_key
from server.accounts.inputs import expiry_problems, name_problems, refuse_any
from server.accounts.keys import digest_of, new_key, prefix_of
from server.accounts.locks import lock_access
from server.accounts.models import ApiKey, Grant
from server.accounts.permissions import authorise
from server.accounts.places import refused_in_no_place
from server.accounts.roles import Permission, Role


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """A new key's row, and the key itself, to be shown this once."""

    api_key: ApiKey
    key: str = field(repr=False)


@transaction.atomic(durable=True)
def create_api_key(
    *,
    name: str,
    role: Role,
    scope: Scope,
    author: Author,
    now: datetime,
    expires_at: datetime | None = None,
) -> CreatedApiKey:
    """Create a key that holds one role in one place.

    Raises:
        NotFound: the place does not exist, or not for the author.
        MissingRole: the author does not own the place.
        InvalidInput: the name, or an expiry that is not in the future.
    """
    organisation, author = lock_access(scope.organisation_id, author=author)
    authorise(author, Permission.MANAGE_ACCESS, scope)
    refuse_any([*name_problems(name), *expiry_problems(expires_at, now=now)], "input")
    key = new_key()
    api_key = ApiKey.objects.create(
        organisation=organisation,
        name=name,
        prefix=prefix_of(key),
        digest=digest_of(key),
        created_by=author.name,
        created_at=now,
        expires_at=expires_at,
    )
    with refused_in_no_place():
        Grant.objects.create(
            api_key=api_key,
            role=role,
            organisation=organisation,
            project_id=scope.project_id,
            environment_id=scope.environment_id,
            created_at=now,
        )
    after = {**api_key_snapshot(api_key), "role": role.value}
    record_api_key("api_key.create", api_key, scope=scope, author=author, before=None, after=after, now=now)
    return CreatedApiKey(api_key, key)
