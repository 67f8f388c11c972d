"""What clients ask before an experiment starts, and the service's request that it becomes."""

from dataclasses import replace

import strawberry
from strawberry import ID

from server.evaluation.percentages import EVERYTHING
from server.experimentation.inference.plan import MAX_SIZES, NO_BASELINE, SizeRequest
from server.experimentation.metrics.plans import DEFAULT_ALPHA, DEFAULT_POWER
from server.experimentation.planning.history import Place
from server.experimentation.stats.power import Baseline, Design
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid, OneLook
from server.experimentation.stats.terms import Scale
from server.schema.given import each, or_default
from server.schema.ids import decode_id
from server.schema.scalars import Count, Percentage
from server.schema.statistics.rules import AlwaysValidInput


@strawberry.input(description="What a count, a sum or a mean per unit comes to without the change.")
class MeanBaselineInput:
    value: float = strawberry.field(description="The mean.")
    variance: float = strawberry.field(description="The variance between units: at least 0.")


@strawberry.input(description="What a metric has come to in an environment of late, as its `baseline` tells.")
class BaselineHistoryInput:
    environment_id: ID = strawberry.field(description="The environment.")
    metric_id: ID = strawberry.field(description="A metric of its project.")


@strawberry.input(description="What the metric comes to without the change. Exactly one of these.", one_of=True)
class BaselineInput:
    rate: float | None = strawberry.field(
        default=strawberry.UNSET, description="Of a proportion, from 0 to 1: 0.05 is 5 %. Its variance follows from it."
    )
    mean: MeanBaselineInput | None = strawberry.field(
        default=strawberry.UNSET, description="Of a count, a sum or a mean per unit."
    )
    history: BaselineHistoryInput | None = strawberry.field(
        default=strawberry.UNSET, description="Of a metric that there is, in an environment that has events."
    )

    def place(self) -> Place | None:
        """Where it is to be looked up; None where it is given."""
        if not self.history:
            return None
        return Place(decode_id(self.history.environment_id, "Environment"), decode_id(self.history.metric_id, "Metric"))

    def baseline(self) -> Baseline:
        """As the statistics take it; none yet where it is to be looked up."""
        if self.history:
            return NO_BASELINE
        if self.mean is None or self.mean is strawberry.UNSET:
            return Baseline.of_proportion(self.rate or 0.0)
        return Baseline(self.mean.value, self.mean.variance)


@strawberry.input(description="How units are dealt to the two variants that are compared.")
class ArmSharesInput:
    control: Percentage = strawberry.field(description="Control's share of all units.")
    treatment: Percentage = strawberry.field(description="The share of one treatment; of several, of the smallest.")


@strawberry.input(description="How the experiment will be judged. Exactly one of these.", one_of=True)
class PlannedTestInput:
    one_look: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Only `true`: once, at the planned number of units, by Welch's test."
    )
    always_valid: AlwaysValidInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whenever you like. The planned number of units is a good `tuning`.",
    )

    def test(self) -> OneLook | AlwaysValid:
        """As the statistics take it."""
        if self.always_valid is None or self.always_valid is strawberry.UNSET:
            return ONE_LOOK
        return AlwaysValid(self.always_valid.rule().tuning)


@strawberry.input(description="What is known before an experiment starts, and what it is to find.")
class PlanSampleSizeInput:
    baseline: BaselineInput = strawberry.field(description="What the metric comes to without the change.")
    minimum_effect: float = strawberry.field(
        description="The smallest effect that matters; below 0, a decrease. 0 asks for no sample size."
    )
    scale: Scale | None = strawberry.field(
        default=Scale.RELATIVE, description="What the effect is measured in; left out, relative to the baseline."
    )
    alpha: float | None = strawberry.field(
        default=DEFAULT_ALPHA, description="The significance level: from 0.0001 to 0.5; left out, 0.05."
    )
    power: float | None = strawberry.field(
        default=DEFAULT_POWER,
        description="The chance to find the effect: from 0.5 to 0.999, above `alpha`; left out, 0.8.",
    )
    treatments: int | None = strawberry.field(
        default=1, description="How many treatments are compared with control; `alpha` is divided by them."
    )
    shares: ArmSharesInput | None = strawberry.field(
        default=None, description="How units are dealt; left out, every variant gets as many."
    )
    test: PlannedTestInput | None = strawberry.field(
        default=None, description="How the experiment will be judged; left out, by one look."
    )
    variance_reduction: float | None = strawberry.field(
        default=0.0,
        description="The share of the variance that an adjustment by what is known before takes away: up to 0.999.",
    )
    units_per_day: float | None = strawberry.field(
        default=None,
        description="How many units arrive in a day; left out, as many as the history says: without it, no duration.",
    )
    units: list[Count] | None = strawberry.field(
        default=None,
        description=f"Numbers of units of all variants, to see what they would do: at most {MAX_SIZES}.",
    )

    def request(self) -> SizeRequest:
        """As the service asks for it."""
        treatments = or_default(self.treatments, 1)
        design = Design(
            baseline=self.baseline.baseline(),
            scale=or_default(self.scale, Scale.RELATIVE),
            effect=self.minimum_effect,
            comparisons=treatments,
            alpha=or_default(self.alpha, DEFAULT_ALPHA),
            power=or_default(self.power, DEFAULT_POWER),
            variance_reduction=or_default(self.variance_reduction, 0.0),
            test=ONE_LOOK if self.test is None else self.test.test(),
        )
        one_look = or_default(self.test.one_look, None) if self.test else None
        dealt = self._dealt(design, treatments)
        return SizeRequest(dealt, self.units_per_day, each(self.units, int), one_look=one_look)

    def _dealt(self, design: Design, treatments: int) -> Design:
        if self.shares is None:
            return design.with_equal_arms(max(treatments, 1) + 1)
        control, treatment = (share / EVERYTHING for share in (self.shares.control, self.shares.treatment))
        return replace(design, control_share=control, treatment_share=treatment)
