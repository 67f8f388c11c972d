"""Pausing an experiment: the kill switch."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.evaluation.percentages import NOTHING
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, Status, StepKind
from server.experimentation.phases import add_step
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import refuse_unless_status
from server.experimentation.transitions import finish_transition, open_segment
from server.features.holds import release_holds
from server.features.models import Forbids


@transaction.atomic(durable=True)
def pause_experiment(
    *, experiment_id: int, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Close the gate: everyone gets what the flag serves without the experiment.

    Publishes no flag version. The override and its split stay as they are, and so does the phase:
    resuming without an edit goes on in it.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        IllegalTransition: the experiment is not running.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    refuse_unless_status(experiment, (Status.RUNNING,), target="paused")
    before = experiment_facts(locked)
    assert locked.rollout is not None, "a running experiment has its rollout"
    open_segment(locked.rollout.segment, is_open=False, now=now)
    add_step(locked, StepKind.PAUSED, NOTHING, author=author, now=now)
    release_holds(locked.reference, forbids=(Forbids.AHEAD, Forbids.RULES))
    experiment.status = Status.PAUSED
    finish_transition(locked, action="experiment.pause", before=before, author=author, now=now)
    return answered(locked, dry_run=dry_run)
