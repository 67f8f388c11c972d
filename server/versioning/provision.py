"""Flags for new features and new environments: a feature has a flag wherever its project has an environment."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import OuterRef, Subquery

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.features.models import Feature, Option
from server.features.salts import new_salt
from server.projects.models import Environment, Versioning
from server.versioning.maps import Ancestry, next_map
from server.versioning.models import (
    Allocation,
    BucketMap,
    Cause,
    Flag,
    FlagState,
    FlagVersion,
    Lineage,
    Placement,
)


def provision_flags(
    places: Iterable[tuple[Feature, Environment]],
    options: Mapping[int, Iterable[Option]],
    *,
    author: Author,
    now: datetime,
) -> None:
    """Give each feature its flag in the environment: enabled, serving its value and default allocations.

    ``options`` are those of each feature, by its id. The number of statements does not
    depend on how many flags there are.
    """
    flags = Flag.objects.bulk_create(Flag(feature=f, environment=e) for f, e in places)
    lineages = Lineage.objects.bulk_create(Lineage(flag=flag, salt=new_salt()) for flag in flags)
    maps = [
        next_map(Ancestry(lineage.pk), _default_shares(options.get(lineage.flag.feature_id, ())))
        for lineage in lineages
    ]
    BucketMap.objects.bulk_create(each for each in maps if each is not None)
    states = FlagState.objects.bulk_create(
        FlagState(lineage=lineage, bucket_map=bucket_map, enabled=True, value=lineage.flag.feature.default_value)
        for lineage, bucket_map in zip(lineages, maps, strict=True)
    )
    Allocation.objects.bulk_create(
        Allocation(state=state, option=option, share=option.default_allocation)
        for state in states
        for option in options.get(state.lineage.flag.feature_id, ())
        if option.default_allocation
    )
    versions = FlagVersion.objects.bulk_create(
        FlagVersion(
            flag=flag,
            number=1,
            live_from=now,
            sealed_at=now if flag.environment.versioning == Versioning.V2 else None,
            cause=Cause.FEATURE_CREATED,
            **author_columns(author),
        )
        for flag in flags
    )
    Placement.objects.bulk_create(
        Placement(version=version, state=state) for version, state in zip(versions, states, strict=True)
    )
    first = FlagVersion.objects.filter(flag=OuterRef("pk")).values("pk")[:1]
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(live_version=Subquery(first))


def _default_shares(options: Iterable[Option]) -> dict[int, int]:
    return {option.pk: option.default_allocation for option in options if option.default_allocation}
