"""What every transition of an experiment does at its end. Decides nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.accounts.authors import Author
from server.audit.record import record
from server.database.rows import update
from server.experimentation.locks import LockedExperiment
from server.experimentation.records import experiment_facts
from server.features.models import Segment
from server.projects.revisions import bump_revision


def open_segment(segment: Segment, *, is_open: bool, now: datetime) -> None:
    """Open or close a system segment."""
    segment.is_open, segment.updated_at = is_open, now
    update(segment, "is_open", "updated_at")


def finish_transition(
    locked: LockedExperiment, *, action: str, before: Mapping[str, Any], author: Author, now: datetime
) -> None:
    """Write the experiment's new status, the audit row, and the environment's revision."""
    experiment = locked.experiment
    experiment.version, experiment.updated_at = experiment.version + 1, now
    update(experiment, "status", "version", "updated_at", "started_at", "ended_at", "receipt", "archived_at")
    record(
        author=author,
        action=action,
        scope=locked.flag.scope,
        object=locked.reference,
        before=before,
        after=experiment_facts(locked) | ({"receipt": experiment.receipt} if experiment.receipt else {}),
        now=now,
    )
    bump_revision(locked.flag.environment)
