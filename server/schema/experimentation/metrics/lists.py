"""What lists of metrics, of their versions and of plans can be narrowed and ordered by, below other objects too."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet

import server.schema.experimentation.metrics.enums  # noqa: F401 - the enums, before what uses them
from server.accounts.authors import Author
from server.experimentation.metrics import selectors
from server.experimentation.models import Metric, MetricKind, MetricVersion, Plan
from server.schema.features.lists import AuthorId, Since, Until
from server.schema.narrowing import holder_of
from server.schema.texts import sound

MetricText = Annotated[
    str | None, strawberry.argument(description="Only those with this text in their name, key or description.")
]
Kinds = Annotated[list[MetricKind] | None, strawberry.argument(description="Only those of one of these kinds.")]
MetricArchived = Annotated[bool | None, strawberry.argument(description="Only archived ones, or only those in use.")]
AfterStart = Annotated[
    bool | None, strawberry.argument(description="Only those written after the start, or only those before it.")
]
InMetricOrder = Annotated[selectors.MetricOrder, strawberry.argument(description="The order.")]
InMetricVersionOrder = Annotated[selectors.MetricVersionOrder, strawberry.argument(description="The order.")]
InPlanOrder = Annotated[selectors.PlanOrder, strawberry.argument(description="The order.")]


def metrics(
    rows: QuerySet[Metric],
    author: Author,
    *,
    kind: Kinds = None,
    text: MetricText = None,
    archived: MetricArchived = None,
    order: InMetricOrder = selectors.MetricOrder.NAME,
) -> QuerySet[Metric]:
    """Those of one project's metrics that exist for the author."""
    return selectors.metrics_for(rows, author, kinds=kind, text=sound(text), archived=archived, order=order)


def metric_versions(
    rows: QuerySet[MetricVersion],
    author: Author,
    *,
    author_id: AuthorId = None,
    since: Since = None,
    until: Until = None,
    order: InMetricVersionOrder = selectors.MetricVersionOrder.NEWEST,
) -> QuerySet[MetricVersion]:
    """Those of one metric's versions that exist for the author."""
    return selectors.metric_versions_for(rows, author, by=holder_of(author_id), since=since, until=until, order=order)


def plans(
    rows: QuerySet[Plan],
    author: Author,
    *,
    after_start: AfterStart = None,
    order: InPlanOrder = selectors.PlanOrder.NEWEST,
) -> QuerySet[Plan]:
    """Those of one experiment's plans that exist for the author."""
    return selectors.plans_for(rows, author, after_start=after_start, order=order)
