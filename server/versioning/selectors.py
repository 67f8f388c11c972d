"""Reads of flags and versions. The one place that knows what "live" means: `Flag.live_version`."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Aggregate, F, JSONField, OuterRef, Prefetch, Q, QuerySet, Subquery

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.database.prepared import PreparedQuery
from server.features.models import Option
from server.versioning.in_hand import remember
from server.versioning.models import Allocation, Cause, Flag, FlagVersion, Placement


class FlagOrder(StrEnum):
    """The order of a list of flags; each value is its columns, from their end with a minus."""

    KEY = "feature__key id"
    ENVIRONMENT = "environment__name id"
    NEWEST = "-id"
    OLDEST = "id"
    # Under V1 a change in place moves the live version's moment on; under V2 it is a new version.
    RECENTLY_CHANGED = "-live_version__live_from -id"


class FlagVersionOrder(StrEnum):
    """The order of the versions of a flag; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


def loaded_placements() -> QuerySet[Placement]:
    """Placements in their order, with segments, states and shares: three things for two statements."""
    return Placement.objects.select_related("segment", "state").prefetch_related(
        Prefetch("state__allocations", Allocation.objects.order_by("option_id"))
    )


_placements_of = PreparedQuery(
    lambda version_id: Placement.objects.select_related("segment", "state__bucket_map", "version").filter(
        version_id=version_id
    ),
    int,
)
_allocations_of = PreparedQuery(
    lambda version_id: Allocation.objects.filter(
        state_id__in=Placement.objects.filter(version_id=version_id).values("state_id")
    ).order_by("option_id"),
    int,
)


def placements_of_live(flag: Flag) -> list[Placement]:
    """What the flag's live version consists of, the default last; each placement knows its version."""
    if flag.live_version_id is None:
        return []
    placements = _placements_of(flag.live_version_id)
    allocations: dict[int, list[Allocation]] = {}
    for allocation in _allocations_of(flag.live_version_id):
        allocations.setdefault(allocation.state_id, []).append(allocation)
    for placement in placements:
        remember(placement.state, "allocations", allocations.get(placement.state_id, []))
    return placements


def live_shares_of(option_ids: Collection[int]) -> list[tuple[int, int, str]]:
    """Where live versions give one of the options a share: option, flag, name of the environment."""
    using = Placement.objects.filter(
        version__flag__live_version=F("version"), state__allocations__option_id__in=option_ids
    )
    found = using.values_list("state__allocations__option_id", "version__flag_id", "version__flag__environment__name")
    return list(found.order_by("version__flag_id", "state__allocations__option_id").distinct())


def live_values(feature_id: int) -> list[tuple[str, Any]]:
    """Every value that flags of the feature serve, with the name of the environment."""
    live = Placement.objects.filter(version__flag__feature_id=feature_id, version__flag__live_version=F("version"))
    return list(live.values_list("version__flag__environment__name", "state__value"))


def placements_of(version: FlagVersion) -> list[Placement]:
    """What a version consists of, the default last."""
    return list(loaded_placements().filter(version=version))


def visible_flags(author: Author, *, flag: str = "") -> Q:
    """Restricts a query to flags that exist for the author; ``flag`` leads to one, as ``flag__``."""
    return visible(
        author,
        organisation=f"{flag}environment__project__organisation_id",
        project=f"{flag}environment__project_id",
        environment=f"{flag}environment_id",
    )


def visible_versions(author: Author) -> Q:
    """Restricts a query to flag versions that exist for the author."""
    return visible_flags(author, flag="flag__")


def flags_for(
    flags: QuerySet[Flag],
    author: Author,
    *,
    environment_id: int | None = None,
    feature_id: int | None = None,
    text: str | None = None,
    archived: bool | None = None,
    order: FlagOrder = FlagOrder.KEY,
) -> QuerySet[Flag]:
    """Those of the flags that exist for the author, in this order; every other argument narrows."""
    flags = flags.filter(visible_flags(author))
    if environment_id is not None:
        flags = flags.filter(environment_id=environment_id)
    if feature_id is not None:
        flags = flags.filter(feature_id=feature_id)
    if text:
        flags = flags.filter(feature__key__icontains=text)
    if archived is not None:
        flags = flags.filter(feature__archived_at__isnull=not archived)
    return flags.order_by(*order.split())


def versions_for(
    versions: QuerySet[FlagVersion],
    author: Author,
    *,
    causes: Collection[Cause] | None = None,
    by: tuple[str, int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order: FlagVersionOrder = FlagVersionOrder.NEWEST,
) -> QuerySet[FlagVersion]:
    """Those of the flag versions that exist for the author; ``by`` is the kind and the key of who made them."""
    versions = versions.filter(visible_versions(author))
    if causes is not None:
        versions = versions.filter(cause__in=causes)
    if by is not None:
        versions = versions.filter(author_kind=by[0], author_id=by[1])
    if since is not None:
        versions = versions.filter(live_from__gte=since)
    if until is not None:
        versions = versions.filter(live_from__lt=until)
    return versions.order_by(*order.split())


class _ObjectOf(Aggregate):
    """One JSON object of keys and values."""

    function = "jsonb_object_agg"
    output_field = JSONField()


def option_keys() -> Subquery:
    """What ``BucketMap.option_keys`` says, for many maps at once."""
    options = Option.objects.filter(feature__flags__lineages=OuterRef("lineage_id")).order_by().values("feature_id")
    return Subquery(options.annotate(keys=_ObjectOf("pk", "key")).values("keys"))
