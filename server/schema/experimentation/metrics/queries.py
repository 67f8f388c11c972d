"""Lists of metrics."""

from typing import Annotated

import strawberry
from django.db.models import QuerySet
from strawberry import ID, Info

from server.experimentation import models
from server.experimentation.metrics import selectors
from server.schema.authors import author_of
from server.schema.connections import Connection, connection
from server.schema.experimentation.metrics.lists import InMetricOrder, Kinds, MetricArchived, MetricText
from server.schema.experimentation.metrics.types import Metric
from server.schema.narrowing import key_of
from server.schema.texts import sound

ProjectId = Annotated[ID, strawberry.argument(description="The project.")]


def _metrics(
    info: Info,
    project_id: ProjectId,
    kind: Kinds = None,
    text: MetricText = None,
    archived: MetricArchived = None,
    order: InMetricOrder = selectors.MetricOrder.NAME,
) -> QuerySet[models.Metric]:
    return selectors.metrics_for(
        models.Metric.objects.all(),
        author_of(info),
        project_id=key_of(project_id, "Project"),
        kinds=kind,
        text=sound(text),
        archived=archived,
        order=order,
    )


@strawberry.type
class MetricQueries:
    metrics: Connection[Metric] = connection(resolver=_metrics, description="The metrics of a project.")
