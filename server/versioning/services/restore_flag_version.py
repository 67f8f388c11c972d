"""Making a flag serve again what an earlier version served."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import Conflict, NotFound
from server.features.locks import lock_segments
from server.features.values import value_problems
from server.projects.revisions import bump_revision
from server.versioning.change import write_change
from server.versioning.lineup import Lineup, Standing, lineup_facts, lineup_of
from server.versioning.locks import LockedFlag, lock_flag, refuse_if_moved
from server.versioning.models import Cause, Flag, FlagVersion
from server.versioning.selectors import placements_of, visible_versions


class NotRestorable(Conflict):
    """The version serves what is no longer there: a removed option or segment, or another value type."""

    code = "NOT_RESTORABLE"


@transaction.atomic(durable=True)
def restore_flag_version(
    *, version_id: int, expected_version: int | None = None, author: Author, now: datetime
) -> Flag:
    """Make the flag serve what this version served.

    What an experiment put on the flag is left out of it on both sides: an override of an
    experiment that is there stays as it is, ahead of what it is ahead of now, and one that
    the version had does not come back.

    Raises:
        NotFound: no version with this id that the author may see.
        NotAllowed: the author may not edit the environment.
        NotRestorable: the version serves what is no longer there.
        LockedByExperiment: an override would come ahead of a running experiment's.
        VersionMoved: the flag is not at the expected version.
    """
    version = FlagVersion.objects.filter(visible_versions(author)).select_related("flag").filter(pk=version_id).first()
    if version is None:
        raise NotFound("flag version", "versionId")
    locked = lock_flag(feature_id=version.flag.feature_id, environment_id=version.flag.environment_id, author=author)
    refuse_if_moved(expected=expected_version, actual=locked.flag.version, reference=locked.reference)
    after = _restored(locked, version)
    before = lineup_facts(locked.lineup, locked.options)
    if not write_change(locked, after, cause=Cause.VERSION_RESTORED, author=author, now=now):
        return locked.flag
    record(
        author=author,
        action="flag.restore",
        scope=locked.scope,
        object=locked.reference,
        before=before,
        after=lineup_facts(locked.lineup, locked.options),
        now=now,
    )
    bump_revision(locked.environment)
    return locked.flag


def _restored(locked: LockedFlag, version: FlagVersion) -> Lineup:
    then = lineup_of([p for p in placements_of(version) if not p.by_experiment], value_type=locked.feature.value_type)
    plain = then.overrides
    # Locked, so that nobody removes a segment that is about to have an override again.
    there = lock_segments({o.segment.pk for o in plain if o.segment}, project_id=locked.feature.project_id)
    for standing in (then.default, *plain):
        if not standing.content.allocations.keys() <= locked.options.keys():
            raise NotRestorable("The version deals units to an option that has been removed since.")
        if standing.segment is not None and standing.segment.pk not in there:
            raise NotRestorable(f"The version has an override for the removed segment “{standing.segment.name}”.")
        if value_problems(standing.content.value, locked.feature.value_type, path=()):
            raise NotRestorable("The version serves values of the type that the feature had then.")
    live = locked.lineup
    return Lineup(
        live.default.serving(then.default.content),
        _with_held([_again(standing, live) for standing in plain], live),
    )


def _again(then: Standing, live: Lineup) -> Standing:
    """The override as it was, in a state of its own: the old one's bucket map is not the lineage's latest."""
    assert then.segment is not None
    now = live.override(then.segment.pk)
    return now.serving(then.content) if now else Standing(then.segment, then.content)


def _with_held(plain: Sequence[Standing], live: Lineup) -> tuple[Standing, ...]:
    """Those overrides, and the live one of an experiment ahead of the first of them that it is ahead of now."""
    overrides = list(plain)
    for at, held in enumerate(live.overrides):
        if not held.by_experiment:
            continue
        behind = {o.segment for o in live.overrides[at + 1 :]}
        places = (place for place, o in enumerate(overrides) if o.segment in behind)
        overrides.insert(next(places, len(overrides)), held)
    return tuple(overrides)
