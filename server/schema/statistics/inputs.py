"""What clients ask of sums that they bring along, and the service's request that it becomes."""

import strawberry

from server.experimentation.inference.checks import MAX_METRICS, MAX_VARIANTS
from server.experimentation.inference.requests import AnalysisRequest, ArmCount, ArmSums, MetricSums
from server.experimentation.metrics.plans import DEFAULT_ALPHA, Correction
from server.experimentation.stats.sequential import TUNING
from server.experimentation.stats.terms import Direction, Scale
from server.schema.given import each, or_default
from server.schema.scalars import Count
from server.schema.statistics.judging import JudgementInput
from server.schema.statistics.rules import TUNING_TEXT, PriorInput, prior_or_flat
from server.schema.statistics.sums import SufficientStatisticsInput


@strawberry.input(description="The sums of one treatment.")
class TreatmentSumsInput:
    variant: str = strawberry.field(description="What the treatment is called; `control` is taken.")
    sums: SufficientStatisticsInput = strawberry.field(description="Its sums.")

    def arm(self) -> ArmSums:
        """As the service asks for it."""
        return ArmSums(self.variant, self.sums.sums())


@strawberry.input(description="A metric, with its sums in every variant.")
class MetricSumsInput:
    name: str = strawberry.field(description="What the metric is called in this request: at most 200 characters.")
    scale: Scale | None = strawberry.field(
        default=Scale.RELATIVE, description="What its effects are measured in; left out, relative to control."
    )
    direction: Direction | None = strawberry.field(
        default=Direction.HIGHER_IS_BETTER, description="Which way is the good one; left out, higher is better."
    )
    control: SufficientStatisticsInput = strawberry.field(description="Control's sums.")
    treatments: list[TreatmentSumsInput] = strawberry.field(
        description=f"From 1 to {MAX_VARIANTS - 1} treatments, each with sums of the same kind."
    )

    def metric(self) -> MetricSums:
        """As the service asks for it."""
        return MetricSums(
            name=self.name,
            direction=or_default(self.direction, Direction.HIGHER_IS_BETTER),
            scale=or_default(self.scale, Scale.RELATIVE),
            control=self.control.sums(),
            treatments=each(self.treatments, TreatmentSumsInput.arm),
        )


@strawberry.input(description="The units of one variant, against its share of the split.")
class SplitCountInput:
    variant: str = strawberry.field(description="The variant; control is one of them.")
    units: Count = strawberry.field(description="How many units it got.")
    share: float = strawberry.field(
        description="What the split gives it: a percentage or any other weight; 0 closes it."
    )

    def arm(self) -> ArmCount:
        """As the service asks for it."""
        return ArmCount(self.variant, self.units, self.share)


@strawberry.input(description="Sums per variant, and how they are to be analysed.")
class AnalyseSufficientStatisticsInput:
    metrics: list[MetricSumsInput] = strawberry.field(description=f"From 1 to {MAX_METRICS} metrics.")
    alpha: float | None = strawberry.field(
        default=DEFAULT_ALPHA, description="The significance level: from 0.0001 to 0.5; left out, 0.05."
    )
    tuning: float | None = strawberry.field(default=TUNING, description=TUNING_TEXT)
    prior: PriorInput | None = strawberry.field(
        default=None, description="What is believed of effects before the data; left out, nothing: a flat prior."
    )
    correction: Correction | None = strawberry.field(
        default=Correction.HOLM,
        description=(
            "How p-values are adjusted: the plan's primary metric over its treatments, all others over metrics and "
            "treatments. A verdict does not need it."
        ),
    )
    split: list[SplitCountInput] | None = strawberry.field(
        default=None, description=f"The units of one phase, for the sample-ratio check: from 2 to {MAX_VARIANTS}."
    )
    plan: JudgementInput | None = strawberry.field(
        default=None, description="How to judge the experiment; left out, there is no verdict."
    )

    def request(self) -> AnalysisRequest:
        """As the service asks for it."""
        return AnalysisRequest(
            metrics=each(self.metrics, MetricSumsInput.metric),
            alpha=or_default(self.alpha, DEFAULT_ALPHA),
            tuning=or_default(self.tuning, TUNING),
            prior=prior_or_flat(self.prior),
            correction=or_default(self.correction, Correction.HOLM),
            split=None if self.split is None else each(self.split, SplitCountInput.arm),
            plan=None if self.plan is None else self.plan.plan(),
        )
