"""Putting a completed experiment out of the way, and bringing it back."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import IllegalTransition, refuse_unless_status
from server.experimentation.transitions import finish_transition


@transaction.atomic(durable=True)
def archive_experiment(
    *, experiment_id: int, archived: bool = True, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Leave a completed experiment out of lists, or, with ``archived`` false, bring it back.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        IllegalTransition: the experiment is not completed, or it is where it should go already.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    target = "archived" if archived else "taken out of the archive"
    refuse_unless_status(experiment, (Status.COMPLETED,), target=target)
    if archived == (experiment.archived_at is not None):
        raise IllegalTransition(experiment, target)
    before = experiment_facts(locked)
    experiment.archived_at = now if archived else None
    action = "experiment.archive" if archived else "experiment.unarchive"
    finish_transition(locked, action=action, before=before, author=author, now=now)
    return answered(locked, dry_run=dry_run)
