"""Taking a forced value away from a targeting key."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.inputs import refuse_any
from server.audit.record import record
from server.database.rows import update
from server.errors import InvalidInput, NotFound
from server.projects.revisions import bump_revision
from server.versioning.identities import identity_override_facts, targeting_key_problems
from server.versioning.locks import WrongProject, lock_flag
from server.versioning.models import IdentityOverride


@transaction.atomic(durable=True)
def remove_identity_override(
    *, feature_id: int, environment_id: int, targeting_key: str, author: Author, now: datetime
) -> IdentityOverride:
    """Let a flag serve to a targeting key what it serves to others; answers with the override as it was.

    While an experiment runs, too: it may win the unit, and loses none.

    Raises:
        NotFound: no such feature or environment that the author may see, or nothing is forced on the key.
        NotAllowed: the author may not edit the environment.
        InvalidInput: the targeting key is none, or feature and environment are of two projects.
    """
    problems = targeting_key_problems(targeting_key)
    try:
        locked = lock_flag(feature_id=feature_id, environment_id=environment_id, author=author)
    except WrongProject as wrong:
        raise InvalidInput([*wrong.problems, *problems]) from None
    refuse_any(problems)
    overrides = IdentityOverride.objects.filter(flag=locked.flag, targeting_key=targeting_key)
    override = overrides.select_related("option").first()
    if override is None:
        raise NotFound("identity override", "targetingKey")
    override.flag = locked.flag
    overrides.delete()
    locked.flag.version += 1
    update(locked.flag, "version")
    record(
        author=author,
        action="flag.remove_identity_override",
        scope=locked.scope,
        object=locked.reference,
        before=identity_override_facts(override),
        after=None,
        now=now,
    )
    bump_revision(locked.environment)
    return override
