"""Deleting a draft that never started."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.experimentation.locks import LockedExperiment, lock_experiment
from server.experimentation.metrics.plan_rows import plan_in_force
from server.experimentation.models import Experiment, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import refuse_unless_status
from server.features.holds import release_holds
from server.projects.revisions import bump_revision
from server.versioning.change import write_change
from server.versioning.models import Cause


@transaction.atomic(durable=True)
def delete_experiment(
    *, experiment_id: int, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Delete a draft, and take its override off the flag; answers with the experiment as it was.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        IllegalTransition: the experiment has started.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    refuse_unless_status(experiment, (Status.DRAFT,), target="deleted")
    before = experiment_facts(locked)
    answer = locked.answer()  # now: afterwards the flag knows no place of the override
    plan_in_force(experiment)  # which remembers it: afterwards it is gone
    release_holds(locked.reference)
    _take_off_flag(locked, author=author, now=now)
    Experiment.objects.filter(pk=experiment_id).delete()
    record(
        author=author,
        action="experiment.delete",
        scope=locked.flag.scope,
        object=locked.reference,
        before=before,
        after=None,
        now=now,
    )
    bump_revision(locked.flag.environment)
    return answered(locked, dry_run=True) if dry_run else answer


def _take_off_flag(locked: LockedExperiment, *, author: Author, now: datetime) -> None:
    """The override goes; the segment stays for the past of the flag, closed as it is."""
    if locked.rollout is None:
        return
    segment = locked.rollout.segment
    write_change(
        locked.flag,
        locked.flag.lineup.without(segment.pk),
        cause=Cause.EXPERIMENT_DELETED,
        author=author,
        now=now,
        holder=locked.reference,
    )
    segment.removed_at = now
    segment.save(update_fields=["removed_at"])
