"""Everything that is said of one metric: its levels, and every inference about each treatment."""

from collections.abc import Sequence

import strawberry

from server.experimentation.results.document import CorrectedPValues
from server.experimentation.stats.analysis import MetricResult, TreatmentResult
from server.experimentation.stats.terms import Direction, Scale
from server.schema.statistics.beliefs import (
    BestVariantOrNoResult,
    PosteriorOrNoResult,
    Prior,
    best_of,
    posterior_of,
    prior_of,
)
from server.schema.statistics.effects import (
    AdjustedPValueOrNoResult,
    AlwaysValidTestOrNoResult,
    WelchTestOrNoResult,
    adjusted_p_value_of,
    always_valid_of,
    welch_of,
)
from server.schema.statistics.levels import CovariateAdjustmentOrNoResult, LevelOrNoResult, adjustment_of, level_of
from server.schema.statistics.terms import told


@strawberry.type(description="A metric of one treatment, against control.")
class TreatmentAnalysis:
    variant: str = strawberry.field(description="The treatment.")
    level: LevelOrNoResult = strawberry.field(description="What the metric comes to.")
    difference: WelchTestOrNoResult = strawberry.field(description="Treatment minus control, for one look.")
    lift: WelchTestOrNoResult = strawberry.field(
        description="The difference as a share of control's value, for one look."
    )
    always_valid: AlwaysValidTestOrNoResult = strawberry.field(
        description="The effect on the metric's scale, for any number of looks."
    )
    posterior: PosteriorOrNoResult = strawberry.field(description="What is believed of the effect.")
    adjusted_p_value: AdjustedPValueOrNoResult = strawberry.field(
        description="The p-value of the difference, adjusted for all that were asked with it."
    )
    adjusted_always_valid_p_value: AdjustedPValueOrNoResult = strawberry.field(
        description="The always-valid p-value, adjusted for all that were asked with it."
    )


@strawberry.type(description="A metric in all variants, and what follows from it.")
class MetricAnalysis:
    scale: Scale = strawberry.field(description="What everything but `difference` and `lift` is measured in.")
    direction: Direction = strawberry.field(description="Which way of the metric is the good one.")
    alpha: float = strawberry.field(description="The significance level.")
    tuning: float = strawberry.field(description="At how many units always-valid intervals are tightest.")
    prior: Prior = strawberry.field(description="The prior that was asked for, on its own scale.")
    control: LevelOrNoResult = strawberry.field(description="What the metric comes to in control.")
    treatments: list[TreatmentAnalysis] = strawberry.field(description="Every treatment, against control.")
    best: BestVariantOrNoResult = strawberry.field(
        description="Which variant is the best one; of all of them, or of none."
    )
    adjustment: CovariateAdjustmentOrNoResult = strawberry.field(
        description="How values were adjusted by what was known before; a reason where they stand unadjusted."
    )


def metric_analysis_of(
    found: MetricResult, *, treatments: Sequence[str], corrected: Sequence[CorrectedPValues]
) -> MetricAnalysis:
    """A metric's analysis as the API tells it; names and adjusted p-values in the order of the treatments."""
    question = found.question
    named = zip(treatments, found.treatments, corrected, strict=True)
    return MetricAnalysis(
        scale=question.scale,
        direction=question.direction,
        alpha=question.alpha,
        tuning=question.tuning,
        prior=prior_of(question.prior),
        control=told(found.control, level_of),
        treatments=[_treatment(name, result, p_values) for name, result, p_values in named],
        best=told(found.best, lambda best: best_of(best, treatments=treatments, scale=question.scale)),
        adjustment=told(found.adjustment, adjustment_of),
    )


def _treatment(name: str, found: TreatmentResult, corrected: CorrectedPValues) -> TreatmentAnalysis:
    return TreatmentAnalysis(
        variant=name,
        level=told(found.level, level_of),
        difference=told(found.difference, welch_of),
        lift=told(found.lift, welch_of),
        always_valid=told(found.always_valid, always_valid_of),
        posterior=told(found.posterior, posterior_of),
        adjusted_p_value=told(corrected.p_value, adjusted_p_value_of),
        adjusted_always_valid_p_value=told(corrected.always_valid_p_value, adjusted_p_value_of),
    )
