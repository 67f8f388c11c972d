"""Setting an experiment's rollout, first or again."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.database.rows import update
from server.errors import InvalidInput, Reference
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import FeatureArchived, RolloutLocked
from server.experimentation.rollouts import RolloutRequest, rollout_problems, set_rollout
from server.projects.revisions import bump_revision
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def update_experiment_rollout(
    *,
    experiment_id: int,
    rollout: RolloutRequest,
    expected_version: int | None = None,
    dry_run: bool = False,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    """Set gate and split together, while the experiment is a draft or paused.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: with every problem of the rollout.
        VersionMoved: the experiment is not at the expected version.
        RolloutLocked: the experiment is running, or completed.
        FeatureArchived: the feature is archived.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment, flag = locked.experiment, locked.flag
    own = locked.rollout.segment_id if locked.rollout else 0
    if problems := rollout_problems(
        rollout, value_type=flag.feature.value_type, options=flag.options, lineup=flag.lineup, own=own
    ):
        raise InvalidInput(problems)
    refuse_if_moved(expected=expected_version, actual=experiment.version, reference=locked.reference)
    if experiment.status not in (Status.DRAFT, Status.PAUSED):
        raise RolloutLocked(experiment)
    if flag.feature.archived_at is not None:
        raise FeatureArchived(Reference("Feature", flag.feature.pk, flag.feature.key))
    before = experiment_facts(locked)
    if not set_rollout(locked, rollout, author=author, now=now):
        return answered(locked, dry_run=dry_run)
    experiment.version, experiment.updated_at = experiment.version + 1, now
    update(experiment, "version", "updated_at")
    record(
        author=author,
        action="experiment.set_rollout",
        scope=flag.scope,
        object=locked.reference,
        before=before,
        after=experiment_facts(locked),
        now=now,
    )
    bump_revision(flag.environment)
    return answered(locked, dry_run=dry_run)
