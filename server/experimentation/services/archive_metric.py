"""Putting a metric out of the way, and bringing it back."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.audit.record import record
from server.database.rows import update
from server.experimentation.metrics.rows import (
    AlreadyThere,
    current_version,
    lock_metric,
    metric_facts,
    reference_to_metric,
)
from server.experimentation.models import Metric
from server.projects.locks import scope_of_project


@transaction.atomic(durable=True)
def archive_metric(*, metric_id: int, archived: bool = True, author: Author, now: datetime) -> Metric:
    """Offer a metric to no more plans, or, with ``archived`` false, to all again.

    Plans that have it keep it, and it goes on being measured for them.

    Raises:
        NotFound: no metric with this id that the author may see.
        NotAllowed: the author may not edit the project.
        AlreadyThere: the metric is archived, or in use, already.
    """
    metric = lock_metric(metric_id, author=author)
    scope = scope_of_project(metric.project)
    authorise(author, Permission.EDIT, scope)
    if archived == (metric.archived_at is not None):
        raise AlreadyThere(metric)
    current_version(metric)
    before = metric_facts(metric)
    metric.archived_at = now if archived else None
    metric.version, metric.updated_at = metric.version + 1, now
    update(metric, "archived_at", "version", "updated_at")
    record(
        author=author,
        action="metric.archive" if archived else "metric.unarchive",
        scope=scope,
        object=reference_to_metric(metric),
        before=before,
        after=metric_facts(metric),
        now=now,
    )
    return metric
