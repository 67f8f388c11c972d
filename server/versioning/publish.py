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

from django.db.models import F

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.features.salts import new_salt
from server.versioning.in_hand import remember
from server.versioning.lineup import Lineup, Standing
from server.versioning.locks import LockedFlag
from server.versioning.models import Allocation, Cause, Flag, FlagState, FlagVersion, Lineage, Placement


def publish(locked: LockedFlag, lineup: Lineup, *, cause: Cause, author: Author, now: datetime) -> FlagVersion:
    """Make the lineup what the flag serves; afterwards ``locked`` tells of the new state.

    Writes only: everything has been checked by now.
    """
    written = write_states(locked, lineup)
    version = _writable_version(locked, cause=cause, author=author, now=now)
    place(version, written)
    flag = locked.flag
    flag.live_version, flag.version = version, flag.version + 1
    Flag.objects.filter(pk=flag.pk).update(live_version=version, version=F("version") + 1)
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
        live.save(update_fields=["live_from", "cause", *author_columns(author)])
        return live
    return FlagVersion.objects.create(
        flag=locked.flag,
        number=live.number + 1,
        live_from=now,
        sealed_at=now,
        based_on=live,
        cause=cause,
        **author_columns(author),
    )


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
    Placement.objects.bulk_create(placements)
    remember(version, "placements", placements)


def write_states(locked: LockedFlag, lineup: Lineup) -> Lineup:
    """The same lineup with a row for every state."""
    new = [standing for standing in lineup if standing.row is None]
    if not new:
        return lineup
    lineages = _lineages(locked, new)
    states = FlagState.objects.bulk_create(
        FlagState(lineage_id=lineage, enabled=s.content.enabled, value=s.content.value)
        for s, lineage in zip(new, lineages, strict=True)
    )
    allocations = [
        [
            Allocation(state=state, option=locked.options[option_id], share=share)
            for option_id, share in sorted(standing.content.allocations.items())
        ]
        for standing, state in zip(new, states, strict=True)
    ]
    Allocation.objects.bulk_create(chain.from_iterable(allocations))
    for state, its_own in zip(states, allocations, strict=True):
        remember(state, "allocations", its_own)
    rows = {id(standing): state for standing, state in zip(new, states, strict=True)}

    def written(standing: Standing) -> Standing:
        return replace(standing, row=standing.row or rows[id(standing)])

    return Lineup(written(lineup.default), tuple(written(o) for o in lineup.overrides))


def _lineages(locked: LockedFlag, standings: Sequence[Standing]) -> list[int]:
    """The lineage of each, by id: the one that it has, the one that it had before it was removed, or a new one."""
    known = {_segment_id(s): s.row.lineage_id for s in locked.lineup if s.row is not None}
    unknown = [
        Lineage(flag=locked.flag, segment=s.segment, salt=new_salt()) for s in standings if _segment_id(s) not in known
    ]
    if unknown:
        # The upsert writes nothing that changes: it gives back the rows that are there.
        Lineage.objects.bulk_create(
            unknown, update_conflicts=True, update_fields=["flag"], unique_fields=["flag", "segment"]
        )
    known.update({lineage.segment_id: lineage.pk for lineage in unknown})
    return [known[_segment_id(s)] for s in standings]


def _segment_id(standing: Standing) -> int | None:
    return standing.segment.pk if standing.segment else None
