"""Removing a segment that no flag uses."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.errors import Reference
from server.features.holds import refuse_if_removal_held
from server.features.locks import current_version, lock_segment
from server.features.models import Segment
from server.features.refusals import SegmentInUse
from server.features.segments import segment_facts
from server.projects.locks import scope_of_project
from server.versioning.models import Placement


@transaction.atomic(durable=True)
def delete_segment(*, segment_id: int, author: Author, now: datetime) -> Segment:
    """Remove a segment; the past of flags keeps it as it was.

    Raises:
        NotFound: no ordinary segment with this id that the author may see.
        NotAllowed: the author may not edit the project.
        SegmentInUse: a flag has an override for it.
        LockedByExperiment: it is the audience of an experiment.
    """
    segment = lock_segment(segment_id, author=author)
    scope = scope_of_project(segment.project)
    authorise(author, Permission.EDIT, scope)
    used = (
        Placement.objects.filter(segment=segment, version__flag__live_version=F("version"))
        .select_related("version__flag__feature")
        .first()
    )
    if used is not None:
        flag = used.version.flag
        raise SegmentInUse(name=segment.name, used_by=Reference("Flag", flag.pk, flag.feature.key))
    refuse_if_removal_held(segment.pk)
    segment.current = current_version(segment)
    segment.removed_at = now
    segment.save(update_fields=["removed_at"])
    record(
        author=author,
        action="segment.delete",
        scope=scope,
        object=Reference("Segment", segment.pk, segment.name),
        before=segment_facts(segment),
        after=None,
        now=now,
    )
    return segment
