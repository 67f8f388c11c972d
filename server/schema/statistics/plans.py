"""What an experiment needs before it starts: units, days, and what other numbers of units would do."""

from typing import Annotated

import strawberry

from server.experimentation.inference import plan
from server.experimentation.stats import power
from server.experimentation.stats.terms import Scale
from server.schema.scalars import Count
from server.schema.statistics.terms import (
    DurationOrNoResult,
    EffectSize,
    EffectSizeOrNoResult,
    NoResult,
    duration_of,
    or_no_result,
    told,
)


@strawberry.type(description="How many units are needed.")
class SampleSize:
    units: Count = strawberry.field(description="Units of all variants together.")
    control_units: Count = strawberry.field(description="Of these, in control.")
    treatment_units: Count = strawberry.field(description="Of these, in each treatment.")


@strawberry.type(description="How likely an effect is found.")
class Power:
    value: float = strawberry.field(
        description="The chance, from 0 to 1, that the test finds an effect of the minimum size at this one look."
    )


SampleSizeOrNoResult = Annotated[SampleSize | NoResult, or_no_result("SampleSize")]
PowerOrNoResult = Annotated[Power | NoResult, or_no_result("Power")]


@strawberry.type(description="What an experiment can find with a number of units.")
class PlannedUnits:
    units: Count = strawberry.field(description="Units of all variants together.")
    power: PowerOrNoResult = strawberry.field(description="How likely the minimum effect is found.")
    minimum_detectable_effect: EffectSizeOrNoResult = strawberry.field(
        description="The smallest effect that is found with the plan's power, on the side of the minimum effect."
    )


@strawberry.type(description="What a metric comes to without the change.")
class MetricBaseline:
    value: float = strawberry.field(description="The rate, the mean, the ratio or the quantile.")
    variance: float = strawberry.field(description="The variance between units: what one unit adds to it.")


MetricBaselineOrNoResult = Annotated[MetricBaseline | NoResult, or_no_result("MetricBaseline")]


@strawberry.type(description="What an experiment needs before it starts. Every treatment is compared with control.")
class SampleSizePlan:
    baseline: MetricBaselineOrNoResult = strawberry.field(description="What was planned with.")
    units_per_day: float | None = strawberry.field(
        description="How many units were taken to arrive in a day; null where that is not known."
    )
    minimum_effect: EffectSize = strawberry.field(description="The smallest effect that matters.")
    alpha_each: float = strawberry.field(
        description="The significance level of each comparison: `alpha` divided by the treatments."
    )
    sample_size: SampleSizeOrNoResult = strawberry.field(
        description=(
            "The fewest units with which the minimum effect is found with the power; of an always-valid test, at that "
            "look alone: earlier looks add to it."
        )
    )
    duration: DurationOrNoResult = strawberry.field(description="How long these units take to arrive.")
    at_units: list[PlannedUnits] = strawberry.field(
        description="What each of the numbers of units that were given would do, in their order."
    )


def sample_size_plan_of(found: plan.SizePlan) -> SampleSizePlan:
    """A plan as the API tells it."""
    design = found.design
    return SampleSizePlan(
        baseline=told(found.baseline, metric_baseline_of),
        units_per_day=found.units_per_day,
        minimum_effect=EffectSize(scale=design.scale, value=design.effect),
        alpha_each=design.alpha / design.comparisons,
        sample_size=told(found.needed, _size),
        duration=told(found.days, duration_of),
        at_units=[_at(each, design.scale) for each in found.at],
    )


def metric_baseline_of(found: power.Baseline) -> MetricBaseline:
    """A baseline as the API tells it."""
    return MetricBaseline(value=found.value, variance=found.unit_variance)


def _size(found: power.SampleSize) -> SampleSize:
    return SampleSize(units=found.units, control_units=found.control_units, treatment_units=found.treatment_units)


def _at(found: plan.AtUnits, scale: Scale) -> PlannedUnits:
    return PlannedUnits(
        units=found.units,
        power=told(found.power, lambda value: Power(value=value)),
        minimum_detectable_effect=told(
            found.minimum_detectable_effect, lambda value: EffectSize(scale=scale, value=value)
        ),
    )
