"""Changing a locked flag by a change set: check, hold, write. Every change of a flag comes through here."""

from collections.abc import Collection, Sequence
from datetime import datetime

from server.accounts.authors import Author
from server.errors import InvalidInput, PathItem, Problem, Reference
from server.features.locks import lock_segments
from server.features.models import Hold, Segment
from server.versioning.apply import Ground, apply_change_set
from server.versioning.change_sets import FlagChangeSet
from server.versioning.guard import refuse_if_held, stale_rule_holds
from server.versioning.lineup import Lineup
from server.versioning.locks import LockedFlag
from server.versioning.maps import Met
from server.versioning.models import Cause
from server.versioning.publish import NO_MAPS, publish


def planned(
    locked: LockedFlag,
    change_set: FlagChangeSet,
    *,
    path: tuple[PathItem, ...],
    own_segments: Collection[Segment] = (),
    problems: Sequence[Problem] = (),
) -> Lineup:
    """The lineup that the change set asks for; its segments are locked from here on.

    ``own_segments`` are the caller's, and locked by it or not written yet; ``problems`` are those that it
    has found so far, to be told together with those of the change set.

    Raises:
        InvalidInput: every problem.
    """
    segments = {segment.pk: segment for segment in own_segments}
    unknown = {
        o.segment_id
        for o in change_set.overrides
        if not o.remove and o.segment_id not in segments and locked.lineup.override(o.segment_id) is None
    }
    segments.update(lock_segments(unknown, project_id=locked.feature.project_id))
    ground = Ground(locked.feature.value_type, locked.options, segments)
    applied = apply_change_set(locked.lineup, change_set, ground, path=path)
    if problems := [*problems, *applied.problems]:
        raise InvalidInput(problems)
    return applied.lineup


def write_change(
    locked: LockedFlag,
    after: Lineup,
    *,
    cause: Cause,
    author: Author,
    now: datetime,
    touched: Collection[int] = (),
    holder: Reference | None = None,
) -> bool:
    """Write the lineup, unless it is what the flag serves already; whether anything was written.

    Raises:
        LockedByExperiment: somebody's hold forbids it.
    """
    holds = refuse_if_held(locked, after, touched=touched, holder=holder)
    return write_unheld(locked, after, holds=holds, cause=cause, author=author, now=now)


def write_unheld(
    locked: LockedFlag,
    after: Lineup,
    *,
    holds: Collection[Hold],
    cause: Cause,
    author: Author,
    now: datetime,
    met: Met = NO_MAPS,
) -> bool:
    """The same for a lineup that has passed ``refuse_if_held``, which gave these holds. Refuses nothing.

    ``met`` are the bucket maps that units met last, by segment, where that is not the latest.
    """
    if after.same_as(locked.lineup):
        return False
    publish(locked, after, cause=cause, author=author, now=now, met=met)
    if stale := stale_rule_holds(holds, after):
        Hold.objects.filter(pk__in=[hold.pk for hold in stale]).delete()
    return True
