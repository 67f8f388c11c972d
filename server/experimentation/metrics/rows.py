"""Metrics as services write them: locked, checked, with their versions, and what the audit log says of them."""

from datetime import datetime
from typing import Any

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.checks import text_problems
from server.database.rows import insert
from server.errors import Conflict, NotFound, Problem, Reference
from server.experimentation.metrics.definitions import Definition, document_of
from server.experimentation.models import MAX_NAME, Metric, MetricVersion
from server.experimentation.models.metrics import MAX_DESCRIPTION
from server.experimentation.stats.terms import Direction


class MetricKeyTaken(Conflict):
    """The project has a metric with this key."""

    code = "KEY_TAKEN"

    def __init__(self, key: str, existing: Reference | None = None) -> None:
        self.key, self.collides_with = key, existing
        super().__init__(f"There is a metric with the key “{key}” in this project already: choose another key.")


class AlreadyThere(Conflict):
    """The metric is archived, or in use, already."""

    code = "ILLEGAL_TRANSITION"

    def __init__(self, metric: Metric) -> None:
        self.collides_with = reference_to_metric(metric)
        is_archived = metric.archived_at is not None
        self.allowed = ("unarchiveMetric",) if is_archived else ("archiveMetric",)
        super().__init__(f"The metric is {'archived' if is_archived else 'not archived'} already.")


class MetricArchived(Conflict):
    """An archived metric is measured for the plans that have it, and for nothing else."""

    code = "ARCHIVED"
    allowed = ("unarchiveMetric",)

    def __init__(self, metric: Metric) -> None:
        self.collides_with = reference_to_metric(metric)
        super().__init__("The metric is archived: take it out of the archive first.")


def reference_to_metric(metric: Metric) -> Reference:
    """The metric, as refusals and the audit log name it."""
    return Reference("Metric", metric.pk, metric.name)


def lock_metric(metric_id: int, *, author: Author) -> Metric:
    """The metric with its project, locked until the transaction ends. For the order of locks see ``projects.locks``.

    Raises:
        NotFound: no metric with this id that the author may see.
    """
    metrics = Metric.objects.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    locked = metrics.select_for_update(of=("self",), no_key=True).select_related("project")
    metric = locked.filter(pk=metric_id).first()
    if metric is None:
        raise NotFound("metric", "metricId")
    return metric


def current_version(metric: Metric) -> MetricVersion:
    """What the metric means now; steady while it is locked."""
    version = MetricVersion.objects.filter(metric=metric).latest("number")
    version.metric, metric.current = metric, version
    return version


def metric_text_problems(*, name: object, description: object) -> list[Problem]:
    """Everything that is wrong with a metric's name and description."""
    return [
        *text_problems(name, path=("input", "name"), max_length=MAX_NAME, allow_blank=False),
        *text_problems(description, path=("input", "description"), max_length=MAX_DESCRIPTION, allow_blank=True),
    ]


def add_version(
    metric: Metric, *, definition: Definition, direction: Direction, number: int, author: Author, now: datetime
) -> MetricVersion:
    """Write what the metric means from now on; the metric's own row is the caller's to save."""
    version = MetricVersion(
        metric=metric,
        number=number,
        kind=definition.kind,
        higher_is_better=direction is Direction.HIGHER_IS_BETTER,
        definition=document_of(definition),
        created_at=now,
        **author_columns(author),
    )
    insert(version)
    metric.current = version
    return version


def direction_of(version: MetricVersion) -> Direction:
    """Which way of the metric is the good one."""
    return Direction.HIGHER_IS_BETTER if version.higher_is_better else Direction.LOWER_IS_BETTER


def metric_facts(metric: Metric) -> dict[str, Any]:
    """What the audit log says of a metric; its current version is loaded."""
    version = metric.current
    assert version is not None, "a metric that is written has a version"
    return {
        "key": metric.key,
        "name": metric.name,
        "description": metric.description,
        "archived": metric.archived_at is not None,
        "version": version.number,
        "metricKind": version.kind,
        "direction": direction_of(version).value,
        "definition": version.definition,
    }
