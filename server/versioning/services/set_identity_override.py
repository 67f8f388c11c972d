"""Forcing a value on one targeting key."""

from datetime import datetime

from django.db import transaction

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.accounts.inputs import refuse_any
from server.audit.record import record
from server.database.rows import insert, update
from server.errors import InvalidInput
from server.features.locks import options_of
from server.features.values import canonical_value, same_value
from server.projects.revisions import bump_revision
from server.unset import UNSET
from server.versioning.guard import refuse_if_unit_held
from server.versioning.identities import (
    MAX_IDENTITY_OVERRIDES,
    TOO_MANY,
    ForcedValue,
    forced_value_problems,
    identity_override_facts,
    targeting_key_problems,
)
from server.versioning.locks import LockedFlag, WrongProject, lock_flag
from server.versioning.models import IdentityOverride


@transaction.atomic(durable=True)
def set_identity_override(
    *,
    feature_id: int,
    environment_id: int,
    targeting_key: str,
    forced: ForcedValue,
    author: Author,
    now: datetime,
) -> IdentityOverride:
    """Let a flag serve this to one targeting key, whatever else it says; no flag version is made.

    An edit that changes nothing is accepted, and writes nothing.

    Raises:
        NotFound: no such feature or environment that the author may see.
        NotAllowed: the author may not edit the environment.
        InvalidInput: the targeting key or the value, with every problem.
        LockedByExperiment: an experiment is running on the flag, and would lose the unit.
    """
    problems = targeting_key_problems(targeting_key)
    try:
        locked = lock_flag(feature_id=feature_id, environment_id=environment_id, author=author)
    except WrongProject as wrong:
        options, value_type = options_of(feature_id), wrong.feature.value_type
        problems += forced_value_problems(forced, value_type=value_type, options=options)
        raise InvalidInput([*wrong.problems, *problems]) from None
    problems += forced_value_problems(forced, value_type=locked.feature.value_type, options=locked.options)
    refuse_any(problems)
    override = _found(locked, targeting_key)
    before = identity_override_facts(override) if override else None
    if override is None:
        override = _new(locked, targeting_key, now=now)
    _force(override, forced, locked)
    after = identity_override_facts(override)
    if before is not None and same_value(before, after):
        return override
    if before is None:
        refuse_if_unit_held(locked)
    _write(override, author=author, now=now)
    locked.flag.version += 1
    update(locked.flag, "version")
    record(
        author=author,
        action="flag.set_identity_override",
        scope=locked.scope,
        object=locked.reference,
        before=before,
        after=after,
        now=now,
    )
    bump_revision(locked.environment)
    return override


def _found(locked: LockedFlag, targeting_key: str) -> IdentityOverride | None:
    override = IdentityOverride.objects.filter(flag=locked.flag, targeting_key=targeting_key).first()
    if override is None:
        return None
    override.flag = locked.flag
    if override.option_id is not None:
        override.option = locked.options[override.option_id]
    return override


def _new(locked: LockedFlag, targeting_key: str, *, now: datetime) -> IdentityOverride:
    if IdentityOverride.objects.filter(flag=locked.flag).count() >= MAX_IDENTITY_OVERRIDES:
        raise InvalidInput([TOO_MANY])
    return IdentityOverride(flag=locked.flag, targeting_key=targeting_key, created_at=now)


def _force(override: IdentityOverride, forced: ForcedValue, locked: LockedFlag) -> None:
    override.enabled = forced.enabled
    override.option = None if forced.option_id is UNSET else locked.options[forced.option_id]
    override.value = None
    if forced.value is not UNSET:
        override.value = canonical_value(forced.value, locked.feature.value_type)


def _write(override: IdentityOverride, *, author: Author, now: datetime) -> None:
    columns = author_columns(author)
    for column, value in columns.items():
        setattr(override, column, value)
    override.updated_at = now
    if override._state.adding:
        insert(override)
    else:
        update(override, "enabled", "option", "value", "updated_at", *columns)
