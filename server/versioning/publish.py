"""The one way in which a flag's states are written.

The two ways of keeping the past differ in one decision, ``_writable_version``: under
``V1`` a change is written into the live, unsealed version; under ``V2`` into a copy of
the live one, published and sealed in the same transaction. The live version itself
says which: it is unsealed exactly under ``V1``, and whoever switches the mode has the
flag's row locked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.database.rows import insert, update
from server.features.salts import new_salt
from server.versioning.in_hand import remember
from server.versioning.lineup import Lineup, Standing
from server.versioning.locks import LockedFlag
from server.versioning.maps import Ancestry, Met, latest_maps, next_map
from server.versioning.models import (
    Allocation,
    Cause,
    FlagState,
    FlagVersion,
    Lineage,
    Placement,
)

NO_MAPS: Met = {}


def publish(
    locked: LockedFlag,
    lineup: Lineup,
    *,
    cause: Cause,
    author: Author,
    now: datetime,
    met: Met = NO_MAPS,
) -> FlagVersion:
    """Make the lineup what the flag serves; afterwards ``locked`` tells of the new state.

    ``met`` are the maps that units met last, by segment, where that is not the lineage's
    latest. Writes only: everything has been checked by now.
    """
    written = write_states(locked, lineup, met)
    version = _writable_version(locked, cause=cause, author=author, now=now)
    place(version, written)
    flag = locked.flag
    flag.live_version, flag.version = version, flag.version + 1
    update(flag, "live_version", "version")
    locked.live, locked.lineup = version, written
    return version


def _writable_version(locked: LockedFlag, *, cause: Cause, author: Author, now: datetime) -> FlagVersion:
    """The version that a change may write into, empty."""
    live = locked.live
    if live.sealed_at is None:
        Placement.objects.filter(version=live).delete()
        live.live_from, live.cause = now, cause
        for column, value in author_columns(author).items():
            setattr(live, column, value)
        update(live, "live_from", "cause", *author_columns(author))
        return live
    version = FlagVersion(
        flag=locked.flag,
        number=live.number + 1,
        live_from=now,
        sealed_at=now,
        based_on=live,
        cause=cause,
        **author_columns(author),
    )
    insert(version)
    return version


def place(version: FlagVersion, lineup: Lineup) -> None:
    """Write which states stand in the version, in which order; the version had none."""
    placements = [
        Placement(
            version=version,
            state=override.row,
            segment=override.segment,
            priority=priority,
            by_experiment=override.by_experiment,
        )
        for priority, override in enumerate(lineup.overrides, start=1)
    ]
    placements.append(Placement(version=version, state=lineup.default.row, segment=None, priority=None))
    insert(*placements)
    remember(version, "placements", placements)


def write_states(locked: LockedFlag, lineup: Lineup, met: Met) -> Lineup:
    """The same lineup with a row for every state."""
    new = [standing for standing in lineup if standing.row is None]
    if not new:
        return lineup
    ancestries = _ancestries(locked, new, met)
    maps = [
        next_map(ancestry, standing.content.allocations) for standing, ancestry in zip(new, ancestries, strict=True)
    ]
    dealt = [each for each in maps if each is not None]
    insert(*(each for each in dealt if each.pk is None))
    states = [
        FlagState(
            lineage_id=ancestry.lineage_id,
            bucket_map=bucket_map,
            enabled=standing.content.enabled,
            value=standing.content.value,
        )
        for standing, ancestry, bucket_map in zip(new, ancestries, maps, strict=True)
    ]
    insert(*states)
    allocations = [
        [
            Allocation(state=state, option=locked.options[option_id], share=share)
            for option_id, share in sorted(standing.content.allocations.items())
        ]
        for standing, state in zip(new, states, strict=True)
    ]
    insert(*chain.from_iterable(allocations))
    for state, its_own in zip(states, allocations, strict=True):
        remember(state, "allocations", its_own)
    rows = {id(standing): state for standing, state in zip(new, states, strict=True)}

    def written(standing: Standing) -> Standing:
        return replace(standing, row=standing.row or rows[id(standing)])

    return Lineup(written(lineup.default), tuple(written(o) for o in lineup.overrides))


def _ancestries(locked: LockedFlag, standings: Sequence[Standing], met: Met) -> list[Ancestry]:
    """The lineage of each: the one that it has, the one that it had before it was removed, or a new one."""
    known = {_segment_id(s): Ancestry(s.row.lineage_id, s.row.bucket_map) for s in locked.lineup if s.row is not None}
    unknown = [
        Lineage(flag=locked.flag, segment=s.segment, salt=new_salt()) for s in standings if _segment_id(s) not in known
    ]
    if unknown:
        # The upsert writes nothing that changes: it gives back the rows that are there.
        Lineage.objects.bulk_create(
            unknown, update_conflicts=True, update_fields=["flag"], unique_fields=["flag", "segment"]
        )
        # A gate's segment is made with its override, and for it: no map is older.
        latest = latest_maps([each.pk for each in unknown if each.segment and not each.segment.is_system])
        known.update({each.segment_id: Ancestry(each.pk, latest.get(each.pk)) for each in unknown})
    for segment_id, bucket_map in met.items():
        known[segment_id] = replace(known[segment_id], met=bucket_map)
    return [known[_segment_id(standing)] for standing in standings]


def _segment_id(standing: Standing) -> int | None:
    return standing.segment.pk if standing.segment else None
