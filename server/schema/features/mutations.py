"""Mutations of features and segments: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.features import models
from server.features.services.create_segment import create_segment
from server.features.services.update_segment import update_segment
from server.schema.authors import author_of, now
from server.schema.features.inputs import (
    CreateFeatureInput,
    CreateSegmentInput,
    UpdateFeatureInput,
    UpdateSegmentInput,
)
from server.schema.features.types import Feature, Segment
from server.schema.given import changed, or_default
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result
from server.unset import UNSET
from server.versioning.services.create_feature import create_feature
from server.versioning.services.delete_segment import delete_segment
from server.versioning.services.update_feature import update_feature

SegmentId = Annotated[ID, strawberry.argument(description="The segment.")]


@strawberry.type
class FeatureMutations:
    @mutation(
        result("CreateFeatureResult", Feature),
        description="Create a feature. In every environment it is enabled, and serves its value at once.",
    )
    def create_feature(
        self,
        info: Info,
        input: Annotated[CreateFeatureInput, strawberry.argument(description="The feature.")],
    ) -> models.Feature:
        return create_feature(request=input.request(), author=author_of(info), now=now())

    @mutation(
        result("UpdateFeatureResult", Feature),
        description=(
            "Change a feature: its texts, its type, its options, archived or not. No flag that is on serves "
            "another value by it. An option that units have been dealt to keeps its key and value: add another one."
        ),
    )
    def update_feature(
        self,
        info: Info,
        feature_id: Annotated[ID, strawberry.argument(description="The feature.")],
        input: Annotated[UpdateFeatureInput, strawberry.argument(description="What changes.")],
    ) -> models.Feature:
        return update_feature(
            feature_id=decode_id(feature_id, "Feature"),
            change=input.change(),
            author=author_of(info),
            now=now(),
        )

    @mutation(result("CreateSegmentResult", Segment), description="Create a segment.")
    def create_segment(
        self,
        info: Info,
        input: Annotated[CreateSegmentInput, strawberry.argument(description="The segment.")],
    ) -> models.Segment:
        return create_segment(
            project_id=decode_id(input.project_id, "Project"),
            name=input.name,
            description=or_default(input.description, ""),
            rules=input.rules.document(),
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("UpdateSegmentResult", Segment),
        description="Change a segment. Other rules are a new version, and take effect wherever it is used.",
    )
    def update_segment(
        self,
        info: Info,
        segment_id: SegmentId,
        input: Annotated[UpdateSegmentInput, strawberry.argument(description="What changes.")],
    ) -> models.Segment:
        return update_segment(
            segment_id=decode_id(segment_id, "Segment"),
            name=changed(input.name),
            description=changed(input.description),
            rules=input.rules.document() if input.rules else UNSET,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("DeleteSegmentResult", Segment),
        description="Delete a segment that no flag has an override for. Answers with the segment as it was.",
    )
    def delete_segment(self, info: Info, segment_id: SegmentId) -> models.Segment:
        return delete_segment(segment_id=decode_id(segment_id, "Segment"), author=author_of(info), now=now())
