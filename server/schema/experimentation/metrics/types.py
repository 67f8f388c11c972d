"""Metrics and what they mean, in the API."""

from datetime import datetime
from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, Info

import server.schema.experimentation.metrics.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.metrics.definitions import Measured, definition_of
from server.experimentation.metrics.rows import direction_of
from server.experimentation.stats.terms import Direction
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.connections import Connection, connection
from server.schema.experimentation.metrics.baselines import EnvironmentBaselineOrNoResult, baseline_of
from server.schema.experimentation.metrics.lists import metric_versions
from server.schema.fields import asked, computed, field
from server.schema.nodes import Node
from server.schema.projects.types import Project
from server.schema.scalars import Percentage
from server.warehouse.questions.terms import Aggregate, Operator


@strawberry.type(description="A condition on one property of an event.")
class PropertyFilter:
    property: str = strawberry.field(description="The property's name.")
    operator: Operator = strawberry.field(description="How it is compared.")
    values: list[str] = strawberry.field(
        description="What it is compared with: at most 100; numbers and booleans as JSON writes them."
    )


@strawberry.type(description="Events of one name that match all filters, and what is made of a unit's.")
class MeasuredEvents:
    event: str = strawberry.field(description="The name of the events.")
    filters: list[PropertyFilter] = strawberry.field(description="What they have to match: at most 20.")
    aggregate: Aggregate = strawberry.field(
        description="What is made of them; of a proportion or a retention it only matters whether there are any."
    )
    value_property: str | None = strawberry.field(
        description="The property that holds the value; null for the event's own value, or where they are counted."
    )


@strawberry.type(description="What a metric means: which events, and what it makes of them.")
class MetricDefinition:
    kind: models.MetricKind = strawberry.field(description="What is made of the events of a unit.")
    measured: MeasuredEvents = strawberry.field(description="Which events; of a ratio, those of its numerator.")
    denominator: MeasuredEvents | None = strawberry.field(description="Of a ratio; else null.")
    window_hours: float | None = strawberry.field(
        description=(
            "The conversion window: how long after a unit's first exposure events count; null for as long as the "
            "unit is followed."
        )
    )
    from_hours: float | None = strawberry.field(
        description="Of a retention: how long after the first exposure the window begins; else null."
    )
    to_hours: float | None = strawberry.field(
        description="Of a retention: how long after the first exposure the window ends; else null."
    )
    percentile: Percentage | None = strawberry.field(description="Of a quantile: 50 is the median; else null.")
    cap: float | None = strawberry.field(
        description="The largest value that a unit counts with, of a ratio its numerator; null for no such limit."
    )
    winsorise_percentile: Percentage | None = strawberry.field(
        description="Values above this percentile of the units of all variants count as it; null for no such limit."
    )


def metric_definition(version: models.MetricVersion) -> MetricDefinition:
    """A stored definition as the API tells it."""
    stored = definition_of(version)
    return MetricDefinition(
        kind=stored.kind,
        measured=_measured(stored.measured),
        denominator=None if stored.denominator is None else _measured(stored.denominator),
        window_hours=stored.window_hours,
        from_hours=stored.from_hours,
        to_hours=stored.to_hours,
        percentile=stored.percentile,
        cap=stored.cap,
        winsorise_percentile=stored.winsorise,
    )


def _measured(measured: Measured) -> MeasuredEvents:
    return MeasuredEvents(
        event=measured.event,
        filters=[
            PropertyFilter(property=each.property, operator=each.operator, values=list(each.values))
            for each in measured.filters
        ],
        aggregate=measured.aggregate,
        value_property=measured.value_property,
    )


@strawberry_django.type(
    models.MetricVersion, description="What a metric means from one moment on. Never changes: plans refer to one."
)
class MetricVersion(Node):
    number: int = field(description="1 for the first, and one more with every change of what the metric means.")
    kind: models.MetricKind = field(description="What is made of the events of a unit; the same in all versions.")
    created_at: datetime = field(description="Since when the metric means this.")

    @computed(description="Which way of the metric is the good one.", only=["higher_is_better"])
    @staticmethod
    def direction(root: models.MetricVersion) -> Direction:
        return direction_of(root)

    @computed(description="What the metric means.", only=["kind", "definition"])
    @staticmethod
    def definition(root: models.MetricVersion) -> MetricDefinition:
        return metric_definition(root)

    @computed(description="Who wrote it.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.MetricVersion) -> ChangeAuthor:
        return change_author(root)


@strawberry_django.type(
    models.Metric,
    description="Something that a project measures of its units: defined once, computed in each environment.",
)
class Metric(Node):
    key: str = field(description="The metric's key, unique in its project; it never changes.")
    name: str = field(description="The metric's name.")
    description: str = field(description="What the metric is for; may be empty.")
    version: int = field(description="Counts the changes: what `expectedVersion` is compared with.")
    created_at: datetime = field(description="When the metric was created.")
    updated_at: datetime = field(description="When the metric last changed.")
    archived_at: datetime | None = field(
        description="When the metric was archived: no further plan can name it since; null while it is in use."
    )
    project: Project = field(description="Whose metric this is.")
    current_version: MetricVersion = field(field_name="current", description="What the metric means now.")
    versions: Connection[MetricVersion] = connection(narrow=metric_versions, description="All versions of the metric.")
    kind: models.MetricKind = field(
        field_name="current__kind",
        select_related=["current"],
        only=["current__kind"],
        description="What is made of the events of a unit; it never changes.",
    )

    @computed(
        description="Which way of the metric is the good one now.",
        only=["current__higher_is_better"],
        select_related=["current"],
    )
    @staticmethod
    def direction(root: models.Metric) -> Direction:
        assert root.current is not None, "a metric that is written has a version"
        return direction_of(root.current)

    @computed(
        description="What the metric means now.",
        only=["current__kind", "current__definition"],
        select_related=["current"],
    )
    @staticmethod
    def definition(root: models.Metric) -> MetricDefinition:
        assert root.current is not None, "a metric that is written has a version"
        return metric_definition(root.current)

    @asked(description="What the metric comes to in an environment without any experiment: for planning.", only=["id"])
    @staticmethod
    def baseline(
        root: models.Metric,
        info: Info,
        environment_id: Annotated[ID, strawberry.argument(description="An environment of the metric's project.")],
    ) -> EnvironmentBaselineOrNoResult:
        return baseline_of(root, environment_id, info)

    @computed(description="Who created the metric.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Metric) -> ChangeAuthor:
        return change_author(root)
