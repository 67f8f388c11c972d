"""Taking back the ramps of an experiment that are still to come."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment
from server.experimentation.preview import Preview, answered
from server.experimentation.ramps import cancel_pending_ramps


@transaction.atomic(durable=True)
def cancel_experiment_ramps(
    *, experiment_id: int, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Cancel what is still to come of the schedule; where nothing is, nothing happens.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
    """
    locked = lock_experiment(experiment_id, author=author)
    cancel_pending_ramps(locked, author=author, now=now)
    return answered(locked, dry_run=dry_run)
