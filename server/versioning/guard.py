"""Holds against a change to a flag. Reads only, under the flag's lock."""

from collections.abc import Collection

from server.errors import Reference
from server.features.holds import LockedByExperiment, UnitHeld, holds_of_flag
from server.features.models import Forbids, Hold
from server.versioning.lineup import Lineup, Standing
from server.versioning.locks import LockedFlag


def refuse_if_held(
    locked: LockedFlag, after: Lineup, *, touched: Collection[int] = (), holder: Reference | None = None
) -> list[Hold]:
    """Refuse a change of the flag's lineup that somebody's hold forbids; the holder's own bind others only.

    ``touched`` are the segments whose overrides the change names: an override that is
    held is not to be named, even by a change that would leave it as it is.

    Returns the flag's holds.

    Raises:
        LockedByExperiment: a hold forbids it.
    """
    before = locked.lineup
    holds = holds_of_flag(feature_id=locked.flag.feature_id, environment_id=locked.flag.environment_id)
    for hold in holds:
        if holder is not None and (hold.holder_type, hold.holder_id) == (holder.type, holder.id):
            continue
        segment_id = hold.segment_id
        if segment_id is None:
            continue
        if hold.forbids == Forbids.OVERRIDE and (
            segment_id in touched or not _same(before.override(segment_id), after.override(segment_id))
        ):
            raise LockedByExperiment(hold)
        if hold.forbids == Forbids.AHEAD and _segments_ahead(after, segment_id) - _segments_ahead(before, segment_id):
            raise LockedByExperiment(hold)
    return holds


def refuse_if_unit_held(locked: LockedFlag) -> None:
    """Refuse to take one more unit away from whatever runs on the flag.

    Raises:
        UnitHeld: something runs.
    """
    for hold in holds_of_flag(feature_id=locked.flag.feature_id, environment_id=locked.flag.environment_id):
        if hold.forbids == Forbids.AHEAD:
            raise UnitHeld(hold)


def stale_rule_holds(holds: Collection[Hold], after: Lineup) -> list[Hold]:
    """Holds on the rules of segments that are no longer ahead of what their holder stands on."""
    stand = {hold.holder_id: hold.segment_id for hold in holds if hold.forbids == Forbids.AHEAD}
    return [
        hold
        for hold in holds
        if hold.forbids == Forbids.RULES and hold.segment_id not in _segments_ahead(after, stand.get(hold.holder_id))
    ]


def _segments_ahead(lineup: Lineup, segment_id: int | None) -> set[int]:
    if segment_id is None:
        return set()
    return {o.segment.pk for o in lineup.ahead_of(segment_id) if o.segment is not None}


def _same(one: Standing | None, other: Standing | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.content.same_as(other.content)
