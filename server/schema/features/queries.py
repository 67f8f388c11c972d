"""Lists of features and segments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.features import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.features.lists import Archived, FeatureText, InFeatureOrder, InSegmentOrder, SegmentText
from server.schema.features.types import Feature, Segment
from server.schema.narrowing import key_of
from server.schema.texts import sound

ProjectId = Annotated[ID, strawberry.argument(description="The project.")]


def _features(
    info: Info,
    project_id: ProjectId,
    text: FeatureText = None,
    archived: Archived = None,
    order: InFeatureOrder = selectors.FeatureOrder.KEY,
) -> QuerySet[models.Feature]:
    return selectors.features_for(
        models.Feature.objects.all(),
        author_of(info),
        project_id=key_of(project_id, "Project"),
        text=sound(text),
        archived=archived,
        order=order,
    )


def _segments(
    info: Info,
    project_id: ProjectId,
    text: SegmentText = None,
    order: InSegmentOrder = selectors.SegmentOrder.NAME,
) -> QuerySet[models.Segment]:
    return selectors.segments_for(
        models.Segment.objects.all(),
        author_of(info),
        project_id=key_of(project_id, "Project"),
        text=sound(text),
        order=order,
    )


@strawberry.type
class FeatureQueries:
    features: Connection[Feature] = connection(resolver=_features, description="The features of a project.")
    segments: Connection[Segment] = connection(
        resolver=_segments,
        description="The segments of a project; those of experiments are not among them.",
    )
