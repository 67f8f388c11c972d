"""Widening the gate of a running experiment."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.evaluation.percentages import BasisPoints
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment
from server.experimentation.preview import Preview, answered
from server.experimentation.ramps import widen
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def ramp_experiment_rollout(
    *,
    experiment_id: int,
    percentage: BasisPoints,
    expected_version: int | None = None,
    dry_run: bool = False,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    """Widen the gate: the units that are in stay in, each with its variant, so the phase goes on.

    Publishes no flag version: the gate's segment gets other rules.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        VersionMoved: the experiment is not at the expected version.
        IllegalTransition: the experiment is not running.
        NotWider: the gate is at this percentage already, or above it.
    """
    locked = lock_experiment(experiment_id, author=author)
    refuse_if_moved(expected=expected_version, actual=locked.experiment.version, reference=locked.reference)
    widen(locked, percentage, author=author, now=now)
    return answered(locked, dry_run=dry_run)
