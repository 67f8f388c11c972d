"""Starting a draft, or resuming a paused experiment."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.errors import Reference
from server.experimentation.audiences import pin_audience
from server.experimentation.locks import hold_by, lock_experiment
from server.experimentation.metrics.plan_rows import pin_plan
from server.experimentation.models import Experiment, Status
from server.experimentation.phases import enter_phase
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import (
    FeatureArchived,
    NothingToCompare,
    RolloutMissing,
    refuse_unless_status,
)
from server.experimentation.transitions import finish_transition, open_segment
from server.features.holds import place_holds
from server.features.locks import lock_segments
from server.features.models import Forbids


@transaction.atomic(durable=True)
def start_experiment(
    *, experiment_id: int, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Open the gate: from here on the units in it get the split.

    Goes on in the phase that was paused, or opens the next one where an edit since then means
    something else to a unit that took part. Publishes no flag version: the override is there, and
    its segment opens. While the experiment runs, holds keep others from taking units away from it.
    A draft takes its audience's rules and its plan's metrics as they are now.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        IllegalTransition: the experiment is neither a draft nor paused.
        RolloutMissing: the experiment has no rollout.
        FeatureArchived: the feature is archived.
        NothingToCompare: the feature's options have been removed.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment, rollout = locked.experiment, locked.rollout
    refuse_unless_status(experiment, (Status.DRAFT, Status.PAUSED), target="started")
    if rollout is None:
        raise RolloutMissing(experiment)
    feature = locked.flag.feature
    if feature.archived_at is not None:
        raise FeatureArchived(Reference("Feature", feature.pk, feature.key))
    if not locked.flag.options:
        raise NothingToCompare(Reference("Feature", feature.pk, feature.key))
    ahead = [o.segment.pk for o in locked.flag.lineup.ahead_of(rollout.segment_id) if o.segment]
    lock_segments(ahead, project_id=feature.project_id)
    before = experiment_facts(locked)
    if experiment.status == Status.DRAFT:
        pin_audience(locked, author=author, now=now)
        pin_plan(locked, author=author, now=now)
    enter_phase(locked, author=author, now=now)
    open_segment(rollout.segment, is_open=True, now=now)
    place_holds(
        [
            hold_by(locked, Forbids.FEATURE, None),
            hold_by(locked, Forbids.AHEAD, rollout.segment_id),
            *(hold_by(locked, Forbids.RULES, segment_id) for segment_id in ahead),
        ]
    )
    experiment.status = Status.RUNNING
    experiment.started_at = experiment.started_at or now
    finish_transition(locked, action="experiment.start", before=before, author=author, now=now)
    return answered(locked, dry_run=dry_run)
