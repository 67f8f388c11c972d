"""Changing what a flag serves: its default, its overrides, or both."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.projects.revisions import bump_revision
from server.versioning.change import planned, write_change
from server.versioning.change_sets import FlagChangeSet
from server.versioning.lineup import lineup_facts
from server.versioning.locks import lock_flag, refuse_if_moved
from server.versioning.models import Cause, Flag


@transaction.atomic(durable=True)
def update_flag(
    *,
    feature_id: int,
    environment_id: int,
    change_set: FlagChangeSet,
    expected_version: int | None = None,
    author: Author,
    now: datetime,
) -> Flag:
    """Change a flag's default, its overrides, or both; what the change set leaves out stays.

    A change that changes nothing is accepted, and writes nothing.

    Raises:
        NotFound: no such feature or environment that the author may see.
        NotAllowed: the author may not edit the environment.
        InvalidInput: the change set, with every problem.
        LockedByExperiment: an experiment holds what would change.
        VersionMoved: the flag is not at the expected version.
    """
    locked = lock_flag(feature_id=feature_id, environment_id=environment_id, author=author)
    after = planned(locked, change_set, path=("input",))
    refuse_if_moved(expected=expected_version, actual=locked.flag.version, reference=locked.reference)
    touched = {override.segment_id for override in change_set.overrides}
    before = lineup_facts(locked.lineup, locked.options)
    if not write_change(locked, after, cause=Cause.FLAG_UPDATED, author=author, now=now, touched=touched):
        return locked.flag
    record(
        author=author,
        action="flag.update",
        scope=locked.scope,
        object=locked.reference,
        before=before,
        after=lineup_facts(locked.lineup, locked.options),
        now=now,
    )
    bump_revision(locked.environment)
    return locked.flag
