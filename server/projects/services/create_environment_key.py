"""Creates environment keys. The key itself is given back once, and stored nowhere."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.accounts.inputs import expiry_problems, refuse_any
from server.accounts.keys import digest_of, prefix_of
from server.accounts.permissions import Permission, authorise
from server.projects.environment_keys import new_environment_key
from server.projects.locks import find_environment, scope_of
from server.projects.models import EnvironmentKey, EnvironmentKeyKind
from server.projects.names import name_problems
from server.projects.records import record_environment_key
from server.projects.revisions import bump_revision


@dataclass(frozen=True, slots=True)
class CreatedEnvironmentKey:
    """A new key's row, and the key itself, to be shown this once."""

    environment_key: EnvironmentKey
    key: str = field(repr=False)


@transaction.atomic(durable=True)
def create_environment_key(
    *,
    environment_id: int,
    name: str,
    kind: EnvironmentKeyKind,
    author: Author,
    now: datetime,
    expires_at: datetime | None = None,
) -> CreatedEnvironmentKey:
    """Create a key that an application asks for the environment's flags with.

    The revision grows, though no flag serves anything else: that is how the processes that
    serve flags learn of the key.

    Raises:
        NotFound: no environment with this id that the author may see.
        MissingRole: the author may not administer the environment.
        InvalidInput: the name, or an expiry that is not in the future.
    """
    environment = find_environment(environment_id, author=author)
    authorise(author, Permission.ADMINISTER, scope_of(environment))
    refuse_any([*name_problems(name), *expiry_problems(expires_at, now=now)], "input")
    key = new_environment_key(kind)
    environment_key = EnvironmentKey.objects.create(
        environment=environment,
        name=name,
        kind=kind,
        prefix=prefix_of(key),
        digest=digest_of(key),
        created_at=now,
        expires_at=expires_at,
        **author_columns(author),
    )
    record_environment_key("environment_key.create", environment_key, author=author, before=None, now=now)
    bump_revision(environment)
    return CreatedEnvironmentKey(environment_key, key)
