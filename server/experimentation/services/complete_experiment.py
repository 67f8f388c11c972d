"""Completing an experiment with a decision."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.database.integrity import refused_by
from server.errors import InvalidInput
from server.experimentation.completion import (
    Decision,
    DecisionKind,
    decided,
    decision_problems,
    flag_facts,
    receipt,
)
from server.experimentation.locks import LockedExperiment, lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.phases import close_phase
from server.experimentation.preview import Preview, answered
from server.experimentation.ramps import cancel_pending_ramps
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import refuse_unless_status
from server.experimentation.transitions import finish_transition, open_segment
from server.features.holds import release_holds
from server.features.segments import SegmentNameTaken, free_segment_name
from server.versioning.change import write_change
from server.versioning.models import Cause


def complete_experiment(
    *, experiment_id: int, decision: Decision, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Apply the decision to the flag and take the experiment off it, for good.

    Keeping control, or shipping an option to everyone, changes the default and removes
    the override; shipping to the gate leaves a plain override behind an ordinary segment.
    Plain overrides stand. The receipt holds whole states, before and after.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: an option that the feature does not have.
        IllegalTransition: the experiment is neither running nor paused.
    """
    try:
        return _complete(experiment_id=experiment_id, decision=decision, dry_run=dry_run, author=author, now=now)
    except SegmentNameTaken:
        # Somebody gave the shipped segment's name to another one at the same moment: now it is seen.
        return _complete(experiment_id=experiment_id, decision=decision, dry_run=dry_run, author=author, now=now)


@transaction.atomic(durable=True)
def _complete(
    *, experiment_id: int, decision: Decision, dry_run: bool, author: Author, now: datetime
) -> Experiment | Preview:
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    if problems := decision_problems(locked, decision):
        raise InvalidInput(problems)
    refuse_unless_status(experiment, (Status.RUNNING, Status.PAUSED), target="completed")
    facts, flag = experiment_facts(locked), flag_facts(locked)
    after = decided(locked, decision)
    write_change(
        locked.flag,
        after,
        cause=Cause.EXPERIMENT_COMPLETED,
        author=author,
        now=now,
        holder=locked.reference,
    )
    _end_segment(locked, decision, now)
    close_phase(locked, author=author, now=now)
    cancel_pending_ramps(locked, author=author, now=now)
    release_holds(locked.reference)
    experiment.receipt = receipt(locked, decision, before=flag, status=experiment.status, author=author, now=now)
    experiment.status, experiment.ended_at = Status.COMPLETED, now
    finish_transition(locked, action="experiment.complete", before=facts, author=author, now=now)
    return answered(locked, dry_run=dry_run)


def _end_segment(locked: LockedExperiment, decision: Decision, now: datetime) -> None:
    """The gate's segment becomes an ordinary one, or ends: closed, and kept for the past."""
    assert locked.rollout is not None
    segment = locked.rollout.segment
    if decision.kind is not DecisionKind.SHIP_TO_GATE:
        open_segment(segment, is_open=False, now=now)
        return
    segment.name = free_segment_name(segment.project_id, locked.experiment.name)
    segment.description = f"The units that the experiment “{locked.experiment.key}” took in."
    segment.is_system, segment.is_open, segment.updated_at = False, True, now
    with refused_by({"segment_name_unique": lambda: SegmentNameTaken(segment.name)}):
        segment.save(update_fields=["name", "description", "is_system", "is_open", "updated_at"])
