"""The rows of this floor that writes lock; for the order of all locks see ``projects.locks``."""

from collections.abc import Collection

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.database.prepared import PreparedQuery
from server.errors import NotFound
from server.features.models import Feature, Option, Segment, SegmentVersion


def lock_feature(feature_id: int, *, author: Author) -> Feature:
    """The feature with its project, locked until the transaction ends.

    Raises:
        NotFound: no feature with this id that the author may see.
    """
    features = Feature.objects.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    locked = features.select_for_update(of=("self",), no_key=True).select_related("project")
    feature = locked.filter(pk=feature_id).first()
    if feature is None:
        raise NotFound("feature", "featureId")
    return feature


def find_feature(feature_id: int, *, author: Author) -> Feature:
    """The feature, as it was a moment ago: for facts that never change.

    Raises:
        NotFound: no feature with this id that the author may see.
    """
    features = Feature.objects.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    feature = features.filter(pk=feature_id).first()
    if feature is None:
        raise NotFound("feature", "featureId")
    return feature


def lock_segment(segment_id: int, *, author: Author) -> Segment:
    """An ordinary segment with its project and current rules, locked until the transaction ends.

    Raises:
        NotFound: no ordinary segment with this id that the author may see.
    """
    segments = Segment.objects.filter(
        visible(author, organisation="project__organisation_id", project="project_id"),
        is_system=False,
        removed_at=None,
    )
    locked = segments.select_for_update(of=("self",), no_key=True).select_related("project")
    segment = locked.filter(pk=segment_id).first()
    if segment is None:
        raise NotFound("segment", "segmentId")
    return segment


def current_version(segment: Segment) -> SegmentVersion:
    """The version that counts now; steady while the segment is locked."""
    return SegmentVersion.objects.filter(segment=segment).latest("number")


def lock_segments(segment_ids: Collection[int], *, project_id: int) -> dict[int, Segment]:
    """Those of the segments that are ordinary and the project's, by id, locked in the order of ids."""
    if not segment_ids:
        return {}
    segments = Segment.objects.filter(pk__in=segment_ids, project_id=project_id, is_system=False, removed_at=None)
    locked = segments.select_for_update(no_key=True).order_by("pk")
    return {segment.pk: segment for segment in locked}


_options_of = PreparedQuery(
    lambda feature_id: Option.objects.filter(feature_id=feature_id, removed_at=None).order_by("pk"), int
)


def options_of(feature_id: int) -> dict[int, Option]:
    """The feature's options by id; steady while its row is locked."""
    return {option.pk: option for option in _options_of(feature_id)}
