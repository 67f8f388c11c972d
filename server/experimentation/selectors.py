"""Reads of experiments."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.experimentation.models import Experiment, Status
from server.versioning.models import Placement


class ExperimentOrder(StrEnum):
    """The order of a list of experiments; each value is a column, from its end with a minus."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    RECENTLY_UPDATED = "-updated_at"
    NAME = "name"
    STATUS = "status"


def visible_experiments(author: Author) -> Q:
    """Restricts a query to the experiments that exist for the author."""
    return visible(
        author,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )


def experiments_for(experiments: QuerySet[Experiment], author: Author) -> QuerySet[Experiment]:
    """The experiments that exist for the author, the newest first."""
    return experiments.filter(visible_experiments(author)).order_by("-id")


def live_priority() -> Subquery:
    """The place that a rollout's override has in the flag's live version."""
    return Subquery(
        Placement.objects.filter(
            segment_id=OuterRef("segment_id"), version_id=OuterRef("experiment__flag__live_version_id")
        ).values("priority")[:1]
    )


def search_experiments(
    author: Author,
    *,
    project_id: int | None = None,
    environment_id: int | None = None,
    feature_id: int | None = None,
    statuses: Sequence[Status] | None = None,
    text: str | None = None,
    order: ExperimentOrder = ExperimentOrder.NEWEST,
) -> QuerySet[Experiment]:
    """The experiments that exist for the author, in this order; every other argument narrows."""
    experiments = experiments_for(Experiment.objects.all(), author)
    if project_id is not None:
        experiments = experiments.filter(environment__project_id=project_id)
    if environment_id is not None:
        experiments = experiments.filter(environment_id=environment_id)
    if feature_id is not None:
        experiments = experiments.filter(feature_id=feature_id)
    if statuses is not None:
        experiments = experiments.filter(status__in=statuses)
    if text:
        experiments = experiments.filter(
            Q(name__icontains=text) | Q(key__icontains=text) | Q(hypothesis__icontains=text)
        )
    return experiments.order_by(order, "-id")


def count_by_status(experiments: QuerySet[Experiment]) -> dict[Status, int]:
    """How many of the experiments have each status."""
    counts = dict(experiments.order_by().values_list("status").annotate(count=Count("id")))
    return {status: counts.get(status, 0) for status in Status}
