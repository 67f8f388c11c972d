"""Which bucket map a state gets: the one that moves the fewest units. Writes nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.evaluation.buckets import ALL_CONTROL, Runs, count_moved, moved_runs, read_runs, shares_of
from server.versioning.models import BucketMap

Met = Mapping[int | None, BucketMap | None]
"""The maps that units met last where that is not the lineage's latest: by segment, None for the default."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A lineage, and the map that units met last in it: most often its latest."""

    lineage_id: int
    met: BucketMap | None = None


def next_map(ancestry: Ancestry, shares: Mapping[int, int]) -> BucketMap | None:
    """The map for these shares that moves least from the one that units met last.

    It is that map itself where the shares are the same; a new one is not written yet.
    None is everything for control, where no unit ever met anything else.
    """
    met = ancestry.met
    if met is None and not shares:
        return None
    before = runs_of(met)
    if met is not None and options_of_runs(before) == dict(shares):
        return met
    after = moved_runs(before, shares)
    return BucketMap(
        lineage_id=ancestry.lineage_id,
        predecessor=met,
        runs=[list(run) for run in after],
        moved=count_moved(before, after),
    )


def latest_maps(lineage_ids: Collection[int]) -> dict[int, BucketMap]:
    """The latest map of each lineage that has one."""
    if not lineage_ids:
        return {}
    maps = BucketMap.objects.filter(lineage_id__in=lineage_ids).order_by("lineage_id", "-id")
    return {each.lineage_id: each for each in maps.distinct("lineage_id")}


def runs_of(bucket_map: BucketMap | None) -> Runs:
    """The runs of a map; no map is everything for control."""
    if bucket_map is None:
        return ALL_CONTROL
    return read_runs(bucket_map.runs)


def options_of_runs(runs: Runs) -> dict[int, int]:
    """The options' shares in basis points, without control's."""
    return {arm: share for arm, share in shares_of(runs).items() if arm}
