"""Reads of features and segments: what exists for an author, in the order of lists."""

from enum import StrEnum

from django.db.models import Prefetch, Q, QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.features.models import Feature, Option, Segment, SegmentVersion


class FeatureOrder(StrEnum):
    """The order of a list of features; each value is a column, from its end with a minus."""

    KEY = "key"
    NEWEST = "-created_at"
    RECENTLY_UPDATED = "-updated_at"


class SegmentOrder(StrEnum):
    """The order of a list of segments; each value is a column, from its end with a minus."""

    NAME = "name"
    NEWEST = "-created_at"
    RECENTLY_UPDATED = "-updated_at"


def features_for(features: QuerySet[Feature], author: Author) -> QuerySet[Feature]:
    """The features that exist for the author, by key."""
    within = visible(author, organisation="project__organisation_id", project="project_id")
    return features.filter(within).order_by("key", "id")


def segments_for(segments: QuerySet[Segment], author: Author) -> QuerySet[Segment]:
    """The ordinary segments that exist for the author, by name; system segments are hidden."""
    within = visible(author, organisation="project__organisation_id", project="project_id")
    return segments.filter(within, is_system=False, removed_at=None).order_by("name", "id")


def segment_versions_for(versions: QuerySet[SegmentVersion], author: Author) -> QuerySet[SegmentVersion]:
    """The segment versions that exist for the author, the latest first."""
    within = visible(author, organisation="segment__project__organisation_id", project="segment__project_id")
    return versions.filter(within).order_by("-number", "-id")


def present_options() -> "Prefetch[str, QuerySet[Option], str]":
    """The options that features have now, for many features at once."""
    return Prefetch("options", Option.objects.filter(removed_at=None).order_by("id"), "present_options")


def search_features(
    author: Author,
    *,
    project_id: int,
    text: str | None = None,
    archived: bool | None = None,
    order: FeatureOrder = FeatureOrder.KEY,
) -> QuerySet[Feature]:
    """The features of a project, in this order; every other argument narrows."""
    features = features_for(Feature.objects.filter(project_id=project_id), author)
    if text:
        features = features.filter(Q(key__icontains=text) | Q(description__icontains=text))
    if archived is not None:
        features = features.filter(archived_at__isnull=not archived)
    return features.order_by(order, "-id")


def search_segments(
    author: Author, *, project_id: int, text: str | None = None, order: SegmentOrder = SegmentOrder.NAME
) -> QuerySet[Segment]:
    """The ordinary segments of a project, in this order; the text narrows."""
    segments = segments_for(Segment.objects.filter(project_id=project_id), author)
    if text:
        segments = segments.filter(Q(name__icontains=text) | Q(description__icontains=text))
    return segments.order_by(order, "-id")


def options_for(options: QuerySet[Option], author: Author) -> QuerySet[Option]:
    """The options, removed ones included, of features that exist for the author."""
    within = visible(author, organisation="feature__project__organisation_id", project="feature__project_id")
    return options.filter(within).order_by("id")
