"""Figures of metrics in the API: of what is judged, of one phase, and by the values of a property."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from server.experimentation import models
from server.experimentation.results.document import (
    MOST_COMPARED,
    DimensionFigures,
    DimensionValueFigures,
    MetricFigures,
    ScopeFigures,
    VariantUnits,
)
from server.experimentation.results.fairness import compared
from server.schema.experimentation.metrics.plans import PlanMetric
from server.schema.experimentation.results.scopes import (
    ExposedUnits,
    exposed_units_of,
)
from server.schema.statistics.checks import SampleRatioCheckOrNoResult, sample_ratio_check_of
from server.schema.statistics.effects import AdjustedPValueOrNoResult, adjusted_p_value_of
from server.schema.statistics.metrics import MetricAnalysis, metric_analysis_of
from server.schema.statistics.terms import told
from server.warehouse.times import moment_of

Planned = Mapping[int, models.PlanMetric]
"""The plan's metrics, by the key of their versions."""


@strawberry.type(description="A metric of the plan in one group of units.")
class MetricResults:
    planned: PlanMetric = strawberry.field(description="The metric, in the role that it has in the plan.")
    cap: float | None = strawberry.field(
        description="What a unit's values were capped at, by its definition or at a percentile; null where at nothing."
    )
    analysis: MetricAnalysis = strawberry.field(description="What it comes to in each variant, and what follows.")


@strawberry.type(description="One phase by itself: its metrics. Who met what in it, `exposures` says.")
class PhaseResults:
    number: int = strawberry.field(description="The phase's number.")
    opened_at: datetime = strawberry.field(description="When it opened.")
    closed_at: datetime | None = strawberry.field(description="When it ended; null while it goes on.")
    metrics: list[MetricResults] = strawberry.field(description="The metrics of the plan, in their order.")


@strawberry.type(description="The units of one value of a property: of what is judged.")
class BreakdownValue:
    value: str | None = strawberry.field(description="The value; null for units that do not have the property.")
    variants: list[ExposedUnits] = strawberry.field(description="Their units, control first.")
    split: SampleRatioCheckOrNoResult = strawberry.field(
        description="Whether the variants have the units that the split says."
    )
    split_adjusted_p_value: AdjustedPValueOrNoResult = strawberry.field(
        description="The check's always-valid p-value, adjusted over all values of the property (Holm)."
    )
    metrics: list[MetricResults] = strawberry.field(
        description=(
            "The metrics of the plan, in their order; none of a value after the breakdown's `analysedValues`. Of many "
            "values some differ by chance: no verdict rests on one."
        )
    )


@strawberry.type(description="What is judged, broken down by a property of exposures.")
class Breakdown:
    property: str = strawberry.field(description="The property. A unit has the value of its first exposure.")
    values: list[BreakdownValue] = strawberry.field(description="Its values, those with the most units first.")
    analysed_values: int = strawberry.field(
        description=(
            f"How many of them, from the first, have metrics: metrics times variants times values are at most "
            f"{MOST_COMPARED:,}. The others have their units and the check of their split."
        )
    )


def metric_results_of(
    found: Sequence[MetricFigures], units: Sequence[VariantUnits], planned: Planned
) -> list[MetricResults]:
    """Metrics of a group of units, in which these variants are compared, as the API tells them."""
    treatments = [each.variant for each in compared(units)[1:]]
    return [
        MetricResults(
            planned=planned[each.metric_version_id],  # type: ignore[arg-type]
            cap=each.cap,
            analysis=metric_analysis_of(each.result, treatments=treatments, corrected=each.corrected),
        )
        for each in found
    ]


def phase_results_of(found: ScopeFigures, planned: Planned) -> PhaseResults:
    """A phase by itself as the API tells it."""
    return PhaseResults(
        number=found.phases[0],
        opened_at=moment_of(found.opened),
        closed_at=None if found.closed is None else moment_of(found.closed),
        metrics=metric_results_of(found.metrics, found.units, planned),
    )


def breakdown_of(found: DimensionFigures, planned: Planned) -> Breakdown:
    """A breakdown as the API tells it."""
    return Breakdown(
        property=found.property,
        values=[_value(each, planned) for each in found.values],
        analysed_values=len(found.values) if found.analysed is None else found.analysed,
    )


def _value(found: DimensionValueFigures, planned: Planned) -> BreakdownValue:
    return BreakdownValue(
        value=found.value,
        variants=exposed_units_of(found.units),
        split=told(found.split, sample_ratio_check_of),
        split_adjusted_p_value=told(found.split_adjusted_p_value, adjusted_p_value_of),
        metrics=metric_results_of(found.metrics, found.units, planned),
    )
