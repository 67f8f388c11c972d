"""Taking a completion back."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.errors import Reference
from server.experimentation.locks import LockedExperiment, hold_by, lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import (
    ActiveExperimentExists,
    FeatureArchived,
    NotRevertible,
    reference_to,
    refuse_unless_status,
)
from server.experimentation.reversal import in_the_way, met_before, reverted
from server.experimentation.transitions import finish_transition
from server.features.holds import place_holds
from server.features.locks import lock_segments
from server.features.models import Forbids
from server.versioning.change import write_unheld
from server.versioning.guard import refuse_if_held
from server.versioning.models import Cause


@transaction.atomic(durable=True)
def revert_completion(
    *, experiment_id: int, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Put back what the completion changed, as its receipt says, and leave the experiment paused.

    Resuming it opens the next phase, on the bucket map that it had: nobody changes variant. What
    units met in between belongs to no phase.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        IllegalTransition: the experiment is not completed.
        ActiveExperimentExists: the flag has another experiment by now.
        FeatureArchived: the feature is archived.
        NotRevertible: what it would overwrite has been changed since, or what it needs is gone.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment, rollout = locked.experiment, locked.rollout
    refuse_unless_status(experiment, (Status.COMPLETED,), target="reverted")
    assert rollout is not None, "a completed experiment has its rollout"
    other = Experiment.objects.filter(flag=locked.flag.flag).exclude(status=Status.COMPLETED).first()
    if other is not None:
        raise ActiveExperimentExists(reference_to(other))
    feature = locked.flag.feature
    if feature.archived_at is not None:
        raise FeatureArchived(Reference("Feature", feature.pk, feature.key))
    wanted = {rollout.segment_id} | ({experiment.audience.segment_id} if experiment.audience else set())
    lock_segments(wanted, project_id=feature.project_id)
    if obstacles := in_the_way(locked):
        raise NotRevertible(experiment, in_the_way=obstacles)
    before = experiment_facts(locked) | {"receipt": experiment.receipt}
    after, met = reverted(locked), met_before(locked)
    holds = refuse_if_held(locked.flag, after, holder=locked.reference)
    write_unheld(locked.flag, after, holds=holds, cause=Cause.COMPLETION_REVERTED, author=author, now=now, met=met)
    rollout.flag_version = locked.flag.live
    rollout.save(update_fields=["flag_version"])
    _close_gate(locked, now=now)
    _hold_again(locked)
    experiment.status, experiment.ended_at = Status.PAUSED, None
    experiment.receipt = experiment.archived_at = None
    finish_transition(locked, action="experiment.revert_completion", before=before, author=author, now=now)
    return answered(locked, dry_run=dry_run)


def _close_gate(locked: LockedExperiment, *, now: datetime) -> None:
    """The gate's segment is the experiment's again, and closed."""
    assert locked.rollout is not None
    segment = locked.rollout.segment
    segment.name, segment.description = locked.experiment.key, ""
    segment.is_system, segment.is_open, segment.updated_at = True, False, now
    segment.save(update_fields=["name", "description", "is_system", "is_open", "updated_at"])


def _hold_again(locked: LockedExperiment) -> None:
    assert locked.rollout is not None
    holds = [
        hold_by(locked, Forbids.OVERRIDE, locked.rollout.segment_id),
        hold_by(locked, Forbids.FEATURE, None),
    ]
    if locked.experiment.audience is not None:
        holds.append(hold_by(locked, Forbids.REMOVAL, locked.experiment.audience.segment_id))
    place_holds(holds)
