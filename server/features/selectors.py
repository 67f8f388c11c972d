"""Reads of features and segments: what exists for an author, in the order of lists."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Prefetch, Q, QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.features.models import Feature, Option, Segment, SegmentVersion


class FeatureOrder(StrEnum):
    """The order of a list of features; each value is its columns, from their end with a minus."""

    KEY = "key -id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    RECENTLY_UPDATED = "-updated_at -id"


class SegmentOrder(StrEnum):
    """The order of a list of segments; each value is its columns, from their end with a minus."""

    NAME = "name -id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    RECENTLY_UPDATED = "-updated_at -id"


class SegmentVersionOrder(StrEnum):
    """The order of the versions of a segment; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


def features_for(
    features: QuerySet[Feature],
    author: Author,
    *,
    project_id: int | None = None,
    text: str | None = None,
    archived: bool | None = None,
    order: FeatureOrder = FeatureOrder.KEY,
) -> QuerySet[Feature]:
    """Those of the features that exist for the author, in this order; every other argument narrows."""
    features = features.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    if project_id is not None:
        features = features.filter(project_id=project_id)
    if text:
        features = features.filter(Q(key__icontains=text) | Q(description__icontains=text))
    if archived is not None:
        features = features.filter(archived_at__isnull=not archived)
    return features.order_by(*order.split())


def segments_for(
    segments: QuerySet[Segment],
    author: Author,
    *,
    project_id: int | None = None,
    text: str | None = None,
    order: SegmentOrder = SegmentOrder.NAME,
) -> QuerySet[Segment]:
    """Those of the ordinary segments that exist for the author; system segments are hidden."""
    within = visible(author, organisation="project__organisation_id", project="project_id")
    segments = segments.filter(within, is_system=False, removed_at=None)
    if project_id is not None:
        segments = segments.filter(project_id=project_id)
    if text:
        segments = segments.filter(Q(name__icontains=text) | Q(description__icontains=text))
    return segments.order_by(*order.split())


def segment_versions_for(
    versions: QuerySet[SegmentVersion],
    author: Author,
    *,
    by: tuple[str, int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order: SegmentVersionOrder = SegmentVersionOrder.NEWEST,
) -> QuerySet[SegmentVersion]:
    """Those of the segment versions that exist for the author; ``by`` is the kind and the key of who wrote them."""
    within = visible(author, organisation="segment__project__organisation_id", project="segment__project_id")
    versions = versions.filter(within)
    if by is not None:
        versions = versions.filter(author_kind=by[0], author_id=by[1])
    if since is not None:
        versions = versions.filter(created_at__gte=since)
    if until is not None:
        versions = versions.filter(created_at__lt=until)
    return versions.order_by(*order.split())


def present_options() -> "Prefetch[str, QuerySet[Option], str]":
    """The options that features have now, for many features at once."""
    return Prefetch("options", Option.objects.filter(removed_at=None).order_by("id"), "present_options")


def options_for(options: QuerySet[Option], author: Author) -> QuerySet[Option]:
    """The options, removed ones included, of features that exist for the author."""
    within = visible(author, organisation="feature__project__organisation_id", project="feature__project_id")
    return options.filter(within).order_by("id")
