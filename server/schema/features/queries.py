"""Lists of features and segments."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.features import models, selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.features.types import Feature, Segment
from server.schema.ids import decode_id
from server.schema.texts import sound

ProjectId = Annotated[ID, strawberry.argument(description="The project.")]
Text = Annotated[
    str | None,
    strawberry.argument(description="Only those with this text in their name, key or description."),
]


def _features(
    info: Info,
    project_id: ProjectId,
    text: Text = None,
    archived: Annotated[
        bool | None, strawberry.argument(description="Only archived ones, or only those in use.")
    ] = None,
    order: Annotated[
        selectors.FeatureOrder, strawberry.argument(description="The order.")
    ] = selectors.FeatureOrder.KEY,
) -> QuerySet[models.Feature]:
    return selectors.search_features(
        author_of(info),
        project_id=decode_id(project_id, "Project"),
        text=sound(text),
        archived=archived,
        order=order,
    )


def _segments(
    info: Info,
    project_id: ProjectId,
    text: Text = None,
    order: Annotated[
        selectors.SegmentOrder, strawberry.argument(description="The order.")
    ] = selectors.SegmentOrder.NAME,
) -> QuerySet[models.Segment]:
    return selectors.search_segments(
        author_of(info), project_id=decode_id(project_id, "Project"), text=sound(text), order=order
    )


@strawberry.type
class FeatureQueries:
    features: Connection[Feature] = connection(resolver=_features, description="The features of a project.")
    segments: Connection[Segment] = connection(
        resolver=_segments,
        description="The segments of a project; those of experiments are not among them.",
    )
