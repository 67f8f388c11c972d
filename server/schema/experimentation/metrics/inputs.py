"""What clients say about metrics, and the definitions that it becomes."""

import strawberry
from strawberry import ID

import server.schema.experimentation.metrics.enums  # noqa: F401 - the enums, before the inputs that use them
from server.evaluation.percentages import BasisPoints
from server.experimentation.metrics.definitions import Definition, Measured
from server.experimentation.models import MetricKind
from server.experimentation.services.create_metric import NewMetric
from server.experimentation.stats.terms import Direction
from server.schema.given import changed, each, or_default
from server.schema.ids import decode_id
from server.schema.scalars import Percentage
from server.unset import Unset
from server.warehouse.questions import terms
from server.warehouse.questions.terms import Aggregate, Operator

WINDOW = (
    "The conversion window: how long after a unit's first exposure events count, at most 366 days; left out, for as "
    "long as the unit is followed."
)
VALUE = "The property that holds the value; left out, the event's own value."


@strawberry.input(description="A condition on one property of an event.")
class PropertyFilterInput:
    property: str = strawberry.field(description="The property's name: at most 100 characters.")
    operator: Operator = strawberry.field(description="How it is compared.")
    values: list[str] | None = strawberry.field(
        default=None,
        description=(
            "What it is compared with, as the operator wants it: IN and NOT_IN take at most 100, IS_SET and "
            "IS_NOT_SET none, all others one. Numbers and booleans as JSON writes them: `3`, `true`."
        ),
    )

    def condition(self) -> terms.PropertyFilter:
        """As services ask for it."""
        return terms.PropertyFilter(self.property, self.operator, tuple(or_default(self.values, [])))


@strawberry.input(description="Events of one name that match all filters.")
class EventsInput:
    event: str = strawberry.field(description="The name of the events: at most 200 characters.")
    filters: list[PropertyFilterInput] | None = strawberry.field(
        default=None, description="What they have to match: at most 20."
    )

    def measured(self, aggregate: Aggregate, value_property: str | None = None) -> Measured:
        """As services ask for it."""
        return Measured(self.event, aggregate, each(self.filters, lambda one: one.condition()), value_property)


@strawberry.input(description="Whether there is an event: the share of the units that have one.")
class ProportionMetricInput(EventsInput):
    window_hours: float | None = strawberry.field(default=None, description=WINDOW)

    def definition(self) -> Definition:
        """As services ask for it."""
        return Definition(
            MetricKind.PROPORTION, self.measured(Aggregate.COUNT), window_hours=or_default(self.window_hours, None)
        )


@strawberry.input(description="What limits extreme values. At most one of the two.")
class LimitedInput:
    window_hours: float | None = strawberry.field(default=None, description=WINDOW)
    cap: float | None = strawberry.field(
        default=None, description="The largest value that a unit counts with, of a ratio its numerator: above 0."
    )
    winsorise_percentile: Percentage | None = strawberry.field(
        default=None,
        description=(
            "Values above this percentile of the units of all variants count as it: from 50, below 100. "
            "Not together with `cap`."
        ),
    )

    def limited(self, kind: MetricKind, measured: Measured, denominator: Measured | None = None) -> Definition:
        """As services ask for it."""
        return Definition(
            kind,
            measured,
            denominator,
            window_hours=or_default(self.window_hours, None),
            cap=or_default(self.cap, None),
            winsorise=or_default(self.winsorise_percentile, None),
        )


@strawberry.input(description="How many events a unit has.")
class CountMetricInput(EventsInput, LimitedInput):
    def definition(self) -> Definition:
        """As services ask for it."""
        return self.limited(MetricKind.COUNT, self.measured(Aggregate.COUNT))


@strawberry.input(description="What a unit's events come to.")
class ValueMetricInput(EventsInput, LimitedInput):
    value_property: str | None = strawberry.field(default=None, description=VALUE)

    def definition(self, kind: MetricKind, aggregate: Aggregate) -> Definition:
        """As services ask for it."""
        return self.limited(kind, self.measured(aggregate, or_default(self.value_property, None)))


@strawberry.input(description="A part of a ratio: a count of events, or a sum of their values.")
class RatioPartInput(EventsInput):
    aggregate: Aggregate = strawberry.field(description="COUNT or SUM.")
    value_property: str | None = strawberry.field(default=None, description=f"Of a SUM. {VALUE}")

    def part(self) -> Measured:
        """As services ask for it."""
        return self.measured(self.aggregate, or_default(self.value_property, None))


@strawberry.input(description="One sum or count over another, over all units together: such as clicks by views.")
class RatioMetricInput(LimitedInput):
    numerator: RatioPartInput = strawberry.field(description="What is divided.")
    denominator: RatioPartInput = strawberry.field(description="What it is divided by.")

    def definition(self) -> Definition:
        """As services ask for it."""
        return self.limited(MetricKind.RATIO, self.numerator.part(), self.denominator.part())


@strawberry.input(description="A percentile of what the units' events come to, of the units that have any.")
class QuantileMetricInput(EventsInput):
    percentile: Percentage = strawberry.field(description="Above 0 and below 100: 50 is the median.")
    aggregate: Aggregate = strawberry.field(
        default=Aggregate.SUM, description="What is made of a unit's events: SUM or MEAN."
    )
    value_property: str | None = strawberry.field(default=None, description=VALUE)
    window_hours: float | None = strawberry.field(default=None, description=WINDOW)

    def definition(self) -> Definition:
        """As services ask for it."""
        return Definition(
            MetricKind.QUANTILE,
            self.measured(self.aggregate, or_default(self.value_property, None)),
            window_hours=or_default(self.window_hours, None),
            percentile=BasisPoints(self.percentile),
        )


@strawberry.input(description="Whether a unit came back in a window: of the units that were followed to its end.")
class RetentionMetricInput(EventsInput):
    from_hours: float = strawberry.field(
        description="How long after a unit's first exposure the window begins: at least 0."
    )
    to_hours: float = strawberry.field(
        description="How long after a unit's first exposure the window ends: after it begins, within 366 days."
    )

    def definition(self) -> Definition:
        """As services ask for it."""
        return Definition(
            MetricKind.RETENTION, self.measured(Aggregate.COUNT), from_hours=self.from_hours, to_hours=self.to_hours
        )


@strawberry.input(description="What a metric means. Exactly one of these, which is its kind.", one_of=True)
class MetricDefinitionInput:
    proportion: ProportionMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="Whether there is an event."
    )
    count: CountMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="How many events there are."
    )
    sum: ValueMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="The sum of the events' values; a unit without any has 0."
    )
    mean: ValueMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="The mean of the events' values, of the units that have any."
    )
    ratio: RatioMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="One sum or count over another, over all units together."
    )
    quantile: QuantileMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="A percentile of the units' sums or means."
    )
    retention: RetentionMetricInput | None = strawberry.field(
        default=strawberry.UNSET, description="Whether a unit came back in a window."
    )

    def definition(self) -> Definition:
        """As services ask for it."""
        if isinstance(self.sum, ValueMetricInput):
            return self.sum.definition(MetricKind.SUM, Aggregate.SUM)
        if isinstance(self.mean, ValueMetricInput):
            return self.mean.definition(MetricKind.MEAN, Aggregate.MEAN)
        said = (self.proportion, self.count, self.ratio, self.quantile, self.retention)
        (one,) = [each for each in said if each is not None and each is not strawberry.UNSET]
        return one.definition()


@strawberry.input(description="A metric that is to be created.")
class CreateMetricInput:
    project_id: ID = strawberry.field(description="Whose metric it is.")
    key: str = strawberry.field(
        description="Unique in the project; it never changes: letters, digits, “_”, “.” and “-”, at most 150."
    )
    name: str = strawberry.field(description="The metric's name: at most 200 characters.")
    definition: MetricDefinitionInput = strawberry.field(description="What the metric means.")
    direction: Direction | None = strawberry.field(
        default=Direction.HIGHER_IS_BETTER, description="Which way is the good one; left out, higher is better."
    )
    description: str | None = strawberry.field(
        default=None, description="What the metric is for: at most 5,000 characters."
    )

    def request(self) -> NewMetric:
        """The metric as the services ask for it."""
        return NewMetric(
            project_id=decode_id(self.project_id, "Project"),
            key=self.key,
            name=self.name,
            definition=self.definition.definition(),
            direction=or_default(self.direction, Direction.HIGHER_IS_BETTER),
            description=or_default(self.description, ""),
        )


@strawberry.input(description="What changes in a metric; what is left out stays.")
class UpdateMetricInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The metric's name: at most 200 characters."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the metric is for: at most 5,000 characters."
    )
    definition: MetricDefinitionInput | None = strawberry.field(
        default=strawberry.UNSET, description="What the metric means from now on; of the kind that it has."
    )
    direction: Direction | None = strawberry.field(
        default=strawberry.UNSET, description="Which way is the good one from now on."
    )

    @property
    def new_definition(self) -> Definition | Unset:
        """The definition, or the services' mark where it stays."""
        said: MetricDefinitionInput | Unset = changed(self.definition)
        return said if isinstance(said, Unset) else said.definition()
