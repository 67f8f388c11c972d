"""Holds: locks on what somebody stands on. Knows who holds by name, and nothing of why.

Whoever writes or checks a hold has the feature's row locked; for a hold on a segment's
rules, the segment's.
"""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from server.database.prepared import PreparedQuery
from server.errors import Locked, Reference
from server.features.models import Forbids, Hold

_ALLOWED = {
    Forbids.OVERRIDE: (
        "updateExperimentRollout while the experiment is a draft or paused",
        "completeExperiment",
        "deleteExperiment while it is a draft that never started",
    ),
    Forbids.FEATURE: ("completeExperiment first",),
    Forbids.AHEAD: ("updateFlag with a place after the experiment's override", "pauseExperiment first"),
    Forbids.RULES: ("pauseExperiment first",),
    Forbids.REMOVAL: ("updateExperiment with another audience", "completeExperiment first"),
}

_MESSAGES = {
    Forbids.OVERRIDE: "The override belongs to the experiment “{}” and changes only through it.",
    Forbids.FEATURE: (
        "The experiment “{}” stands on this feature: its options, value type and archival stay until it is completed."
    ),
    Forbids.AHEAD: "The experiment “{}” is running: an override put ahead of its own would take units away from it.",
    Forbids.RULES: "The experiment “{}” is running: other rules for a segment ahead of it could take units away.",
    Forbids.REMOVAL: "The segment is the audience of the experiment “{}”.",
}


class LockedByExperiment(Locked):
    """A running, or an unfinished, experiment stands on what the request would change."""

    code = "LOCKED_BY_EXPERIMENT"

    def __init__(self, hold: Hold, *, message: str | None = None, allowed: Sequence[str] | None = None) -> None:
        self.forbids = Forbids(hold.forbids)
        super().__init__(
            (message or _MESSAGES[self.forbids]).format(hold.holder_name),
            holder=Reference(hold.holder_type, hold.holder_id, hold.holder_name),
            allowed=_ALLOWED[self.forbids] if allowed is None else allowed,
        )


class UnitHeld(LockedByExperiment):
    """A forced value stands ahead of every override, and would take its unit away from a running experiment."""

    def __init__(self, hold: Hold) -> None:
        message = "The experiment “{}” is running: a new forced value would take its unit away from it."
        super().__init__(hold, message=message, allowed=("pauseExperiment first",))


_holds_of_flag = PreparedQuery(
    lambda feature_id, environment_id: Hold.objects.filter(feature_id=feature_id, environment_id=environment_id),
    int,
    int,
)


def holds_of_flag(*, feature_id: int, environment_id: int) -> list[Hold]:
    """Every hold on the feature in this environment."""
    return _holds_of_flag(feature_id, environment_id)


def refuse_if_feature_held(feature_id: int) -> None:
    """Refuse if somebody, in any environment, stands on what the feature is.

    Raises:
        LockedByExperiment: somebody does.
    """
    _refuse(Hold.objects.filter(feature_id=feature_id, forbids=Forbids.FEATURE))


def refuse_if_rules_held(segment_id: int) -> None:
    """Refuse if somebody counts on the rules of this segment.

    Raises:
        LockedByExperiment: somebody does.
    """
    _refuse(Hold.objects.filter(segment_id=segment_id, forbids=Forbids.RULES))


def refuse_if_removal_held(segment_id: int) -> None:
    """Refuse if somebody needs this segment to be there.

    Raises:
        LockedByExperiment: somebody does.
    """
    _refuse(Hold.objects.filter(segment_id=segment_id, forbids=Forbids.REMOVAL))


def place_holds(holds: Sequence[Hold]) -> None:
    """Write holds; one that is there already stays."""
    Hold.objects.bulk_create(holds, ignore_conflicts=True)


def release_holds(holder: Reference, *, forbids: Iterable[Forbids] | None = None) -> None:
    """End the holds of this holder: all of them, or those that forbid one of these things."""
    holds = Hold.objects.filter(holder_type=holder.type, holder_id=holder.id)
    if forbids is not None:
        holds = holds.filter(forbids__in=list(forbids))
    holds.delete()


def _refuse(holds: QuerySet[Hold]) -> None:
    hold = holds.first()
    if hold is not None:
        raise LockedByExperiment(hold)


def rename_holder(holder: Reference, *, name: str) -> None:
    """Let the holder's holds name it by its new name."""
    Hold.objects.filter(holder_type=holder.type, holder_id=holder.id).update(holder_name=name)
