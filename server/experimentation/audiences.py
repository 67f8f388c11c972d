"""The audience of an experiment: the segment of those who may take part at all, pinned to one version."""

from datetime import datetime

from server.accounts.authors import Author
from server.errors import InvalidInput, Problem
from server.evaluation.percentages import EVERYTHING
from server.evaluation.rules import AS_KEPT, parse_rules
from server.experimentation.gates import gate_rules
from server.experimentation.locks import LockedExperiment, hold_by
from server.experimentation.rollouts import move_gate
from server.features.holds import place_holds, release_holds
from server.features.locks import current_version, lock_segments
from server.features.models import Forbids, SegmentVersion
from server.versioning.locks import LockedFlag

UNKNOWN_SEGMENT = "The project has no segment with this id."


def find_audience(flag: LockedFlag, segment_id: int) -> SegmentVersion | None:
    """The current version of an ordinary segment of the flag's project, locked; None if there is no such segment."""
    segment = lock_segments({segment_id}, project_id=flag.feature.project_id).get(segment_id)
    if segment is None:
        return None
    version = current_version(segment)
    version.segment = segment
    return version


def audience_problems(audience: SegmentVersion | None, *, path: tuple[str, ...]) -> list[Problem]:
    """The problem of an audience that was named and not found, or whose rules leave no room for a gate's."""
    if audience is None:
        return [Problem(path, "UNKNOWN_SEGMENT", UNKNOWN_SEGMENT)]
    try:
        parse_rules(gate_rules(percentage=EVERYTHING, salt="any", audience=audience), AS_KEPT)
    except InvalidInput:
        message = "The rules of this segment are too large, or too deep, for an audience: make a simpler one."
        return [Problem(path, "TOO_LARGE", message)]
    return []


def set_audience(locked: LockedExperiment, audience: SegmentVersion | None, *, author: Author, now: datetime) -> None:
    """Let these units take part, or everyone; the gate says so from now on.

    The experiment's row is the caller's to save.
    """
    locked.experiment.audience = audience
    release_holds(locked.reference, forbids=(Forbids.REMOVAL,))
    if audience is not None:
        hold_audience(locked, audience)
    if locked.rollout is not None:
        move_gate(locked, percentage=locked.gate, author=author, now=now)


def hold_audience(locked: LockedExperiment, audience: SegmentVersion) -> None:
    """Keep the segment from being removed; it is locked."""
    place_holds([hold_by(locked, Forbids.REMOVAL, audience.segment_id)])


def pin_audience(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """Let a draft that starts have its audience by the rules that the segment has now."""
    audience = locked.experiment.audience
    if audience is None:
        return
    latest = current_version(audience.segment)
    if latest.pk == audience.pk:
        return
    latest.segment = audience.segment
    locked.experiment.audience = latest
    locked.experiment.save(update_fields=["audience"])
    move_gate(locked, percentage=locked.gate, author=author, now=now)
