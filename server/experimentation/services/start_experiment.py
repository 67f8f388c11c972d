"""Starting a draft, or resuming a paused experiment."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.errors import Reference
from server.experimentation.locks import LockedExperiment, lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import FeatureArchived, NothingToCompare, RolloutMissing, refuse_unless_status
from server.experimentation.transitions import finish_transition, open_segment
from server.features.holds import place_holds
from server.features.locks import lock_segments
from server.features.models import Forbids, Hold


@transaction.atomic(durable=True)
def start_experiment(*, experiment_id: int, author: Author, now: datetime) -> Experiment:
    """Open the gate: from here on the units in it get the split.

    Publishes no flag version: the override is there, and its segment opens. While the
    experiment runs, holds keep others from taking units away from it.

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
    open_segment(rollout.segment, is_open=True, now=now)
    place_holds(
        [
            _hold(locked, Forbids.FEATURE, None),
            _hold(locked, Forbids.AHEAD, rollout.segment_id),
            *(_hold(locked, Forbids.RULES, segment_id) for segment_id in ahead),
        ]
    )
    experiment.status = Status.RUNNING
    experiment.started_at = experiment.started_at or now
    return finish_transition(locked, action="experiment.start", before=before, author=author, now=now)


def _hold(locked: LockedExperiment, forbids: Forbids, segment_id: int | None) -> Hold:
    return Hold(
        feature=locked.flag.feature,
        environment=locked.flag.environment,
        segment_id=segment_id,
        forbids=forbids,
        holder_type=locked.reference.type,
        holder_id=locked.reference.id,
        holder_name=locked.reference.name,
    )
