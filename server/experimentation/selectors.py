"""Reads of experiments, and of the flags that are free for one."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from server.accounts.authors import Author
from server.accounts.permissions import Permission, permitted, visible
from server.experimentation.models import Experiment, Status
from server.features.models import Option
from server.versioning.models import Flag, Placement


class ExperimentOrder(StrEnum):
    """The order of a list of experiments; each value is its columns, from their end with a minus."""

    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    RECENTLY_UPDATED = "-updated_at -id"
    NAME = "name -id"
    STATUS = "status -id"


def visible_experiments(author: Author) -> Q:
    """Restricts a query to the experiments that exist for the author."""
    return visible(
        author,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )


def experiments_for(
    experiments: QuerySet[Experiment],
    author: Author,
    *,
    project_id: int | None = None,
    environment_id: int | None = None,
    feature_id: int | None = None,
    statuses: Sequence[Status] | None = None,
    text: str | None = None,
    archived: bool | None = None,
    order: ExperimentOrder = ExperimentOrder.NEWEST,
) -> QuerySet[Experiment]:
    """Those of the experiments that exist for the author, in this order; every other argument narrows."""
    experiments = experiments.filter(visible_experiments(author))
    if project_id is not None:
        experiments = experiments.filter(environment__project_id=project_id)
    if environment_id is not None:
        experiments = experiments.filter(environment_id=environment_id)
    if feature_id is not None:
        experiments = experiments.filter(feature_id=feature_id)
    if statuses is not None:
        experiments = experiments.filter(status__in=statuses)
    if archived is not None:
        experiments = experiments.filter(archived_at__isnull=not archived)
    if text:
        experiments = experiments.filter(
            Q(name__icontains=text) | Q(key__icontains=text) | Q(hypothesis__icontains=text)
        )
    return experiments.order_by(*order.split())


def live_priority() -> Subquery:
    """The place that a rollout's override has in the flag's live version."""
    return Subquery(
        Placement.objects.filter(
            segment_id=OuterRef("segment_id"), version_id=OuterRef("experiment__flag__live_version_id")
        ).values("priority")[:1]
    )


def count_by_status(experiments: QuerySet[Experiment]) -> dict[Status, int]:
    """How many of the experiments have each status."""
    counts = dict(experiments.order_by().values_list("status").annotate(count=Count("id")))
    return {status: counts.get(status, 0) for status in Status}


def free_flags(author: Author, *, least_options: int = 1) -> QuerySet[Flag]:
    """The flags on which the author may create an experiment at once, of features with so many options."""
    options = Option.objects.filter(feature=OuterRef("feature_id"), removed_at=None).order_by("id")
    active = Experiment.objects.filter(~Q(status=Status.COMPLETED), flag=OuterRef("pk"))
    editable = permitted(
        author,
        Permission.EDIT,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )
    enough = Exists(options[least_options - 1 : least_options])
    free = Flag.objects.filter(editable, ~Exists(active), enough, feature__archived_at=None)
    return free.select_related("feature", "environment").order_by("environment_id", "feature_id")
