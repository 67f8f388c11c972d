"""Reads of metrics, of their versions, and of plans."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from django.db.models import F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.experimentation.models import Metric, MetricKind, MetricVersion, Plan, PlanMetric


class MetricOrder(StrEnum):
    """The order of a list of metrics; each value is its columns, from their end with a minus."""

    NAME = "name -id"
    KEY = "key -id"
    NEWEST = "-created_at -id"
    OLDEST = "created_at id"
    RECENTLY_UPDATED = "-updated_at -id"


class MetricVersionOrder(StrEnum):
    """The order of the versions of a metric; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


class PlanOrder(StrEnum):
    """The order of the plans of an experiment; each value is its columns, from their end with a minus."""

    NEWEST = "-number -id"
    OLDEST = "number id"


def metrics_for(
    metrics: QuerySet[Metric],
    author: Author,
    *,
    project_id: int | None = None,
    kinds: Collection[MetricKind] | None = None,
    text: str | None = None,
    archived: bool | None = None,
    order: MetricOrder = MetricOrder.NAME,
) -> QuerySet[Metric]:
    """Those of the metrics that exist for the author, in this order; every other argument narrows."""
    metrics = metrics.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    if project_id is not None:
        metrics = metrics.filter(project_id=project_id)
    if kinds is not None:
        metrics = metrics.filter(current__kind__in=kinds)
    if text:
        metrics = metrics.filter(Q(name__icontains=text) | Q(key__icontains=text) | Q(description__icontains=text))
    if archived is not None:
        metrics = metrics.filter(archived_at__isnull=not archived)
    return metrics.order_by(*order.split())


def metric_versions_for(
    versions: QuerySet[MetricVersion],
    author: Author,
    *,
    by: tuple[str, int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    order: MetricVersionOrder = MetricVersionOrder.NEWEST,
) -> QuerySet[MetricVersion]:
    """Those of the metric versions that exist for the author; ``by`` is the kind and the key of who wrote them."""
    within = visible(author, organisation="metric__project__organisation_id", project="metric__project_id")
    versions = versions.filter(within)
    if by is not None:
        versions = versions.filter(author_kind=by[0], author_id=by[1])
    if since is not None:
        versions = versions.filter(created_at__gte=since)
    if until is not None:
        versions = versions.filter(created_at__lt=until)
    return versions.order_by(*order.split())


def plans_for(
    plans: QuerySet[Plan],
    author: Author,
    *,
    after_start: bool | None = None,
    order: PlanOrder = PlanOrder.NEWEST,
) -> QuerySet[Plan]:
    """Those of the plans that exist for the author, in this order; every other argument narrows."""
    within = visible(
        author,
        organisation="experiment__environment__project__organisation_id",
        project="experiment__environment__project_id",
        environment="experiment__environment_id",
    )
    plans = plans.filter(within)
    if after_start is not None:
        plans = plans.filter(after_start=after_start)
    return plans.order_by(*order.split())


def newest_plans() -> QuerySet[Plan]:
    """The plan in force of every experiment that has one."""
    others = Plan.objects.filter(experiment=OuterRef("experiment")).order_by().values("experiment")
    newest = others.annotate(newest=Max("number")).values("newest")
    return Plan.objects.filter(number=Subquery(newest)).order_by("experiment_id")


def plans_in_force(plans: QuerySet[Plan]) -> "Prefetch[str, QuerySet[Plan], str]":
    """The plan in force, for many experiments at once; ``plans`` says what of it is read."""
    return Prefetch("plans", plans, "plans_in_force")


def measured(metrics: QuerySet[PlanMetric]) -> "Prefetch[str, QuerySet[PlanMetric], str]":
    """The metrics of plans in their order, for many plans at once; ``metrics`` says what of them is read."""
    return Prefetch("metrics", metrics.order_by("position"), "measured")


def stale(metrics: QuerySet[PlanMetric]) -> QuerySet[PlanMetric]:
    """Those metrics of plans that mean something else by now than when the plan was written."""
    return metrics.exclude(version=F("version__metric__current"))
