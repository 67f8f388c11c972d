"""Taking back the ramps of an experiment that are still to come."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, RampStatus
from server.experimentation.preview import Preview, answered
from server.experimentation.ramps import pending_ramps, ramp_facts, settle


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
    cancelled = pending_ramps(locked.experiment)
    if cancelled:
        settle(cancelled, RampStatus.CANCELLED, now=now)
        record(
            author=author,
            action="experiment.cancel_ramps",
            scope=locked.flag.scope,
            object=locked.reference,
            before={"ramps": ramp_facts(cancelled)},
            after={"ramps": []},
            now=now,
        )
    return answered(locked, dry_run=dry_run)
