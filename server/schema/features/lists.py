"""What lists of features, segments and their versions can be narrowed and ordered by, below other objects too."""

from datetime import datetime
from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID

from server.accounts.authors import Author
from server.features import selectors
from server.features.models import Feature, Segment, SegmentVersion
from server.schema.narrowing import holder_of
from server.schema.texts import sound

FeatureText = Annotated[
    str | None, strawberry.argument(description="Only those with this text in their key or description.")
]
SegmentText = Annotated[
    str | None, strawberry.argument(description="Only those with this text in their name or description.")
]
Archived = Annotated[bool | None, strawberry.argument(description="Only archived ones, or only those in use.")]
AuthorId = Annotated[ID | None, strawberry.argument(description="Only those by this user or API key.")]
Since = Annotated[datetime | None, strawberry.argument(description="Only from this moment on.")]
Until = Annotated[datetime | None, strawberry.argument(description="Only before this moment.")]
InFeatureOrder = Annotated[selectors.FeatureOrder, strawberry.argument(description="The order.")]
InSegmentOrder = Annotated[selectors.SegmentOrder, strawberry.argument(description="The order.")]
InVersionOrder = Annotated[selectors.SegmentVersionOrder, strawberry.argument(description="The order.")]


def features(
    rows: QuerySet[Feature],
    author: Author,
    *,
    text: FeatureText = None,
    archived: Archived = None,
    order: InFeatureOrder = selectors.FeatureOrder.KEY,
) -> QuerySet[Feature]:
    """Those of the features that exist for the author."""
    return selectors.features_for(rows, author, text=sound(text), archived=archived, order=order)


def segments(
    rows: QuerySet[Segment],
    author: Author,
    *,
    text: SegmentText = None,
    order: InSegmentOrder = selectors.SegmentOrder.NAME,
) -> QuerySet[Segment]:
    """Those of the ordinary segments that exist for the author."""
    return selectors.segments_for(rows, author, text=sound(text), order=order)


def segment_versions(
    rows: QuerySet[SegmentVersion],
    author: Author,
    *,
    author_id: AuthorId = None,
    since: Since = None,
    until: Until = None,
    order: InVersionOrder = selectors.SegmentVersionOrder.NEWEST,
) -> QuerySet[SegmentVersion]:
    """Those of the segment versions that exist for the author."""
    return selectors.segment_versions_for(rows, author, by=holder_of(author_id), since=since, until=until, order=order)
