"""How somebody wants sums to be judged: stopping rule, guardrails, progress. Checks nothing: the service does."""

import strawberry

from server.experimentation.inference.requests import Judgement, NamedGuardrail, ProgressRequest
from server.experimentation.metrics.plans import DEFAULT_POWER
from server.experimentation.stats.terms import Scale
from server.schema.given import each, or_default
from server.schema.scalars import Count
from server.schema.statistics.rules import StoppingRuleInput

SRM_ALPHA = 0.001


@strawberry.input(description="A metric that must not suffer, and how much of it one is ready to lose.")
class JudgementGuardrailInput:
    metric: str = strawberry.field(description="The name of a metric of this request; not the primary one.")
    margin: float = strawberry.field(description="How much may be lost: at least 0.")
    scale: Scale | None = strawberry.field(
        default=None, description="What the margin is measured in; left out, the metric's scale."
    )

    def guardrail(self) -> NamedGuardrail:
        """As the service asks for it."""
        return NamedGuardrail(self.metric, self.margin, self.scale)


@strawberry.input(description="How far the experiment is.")
class JudgementProgressInput:
    units: Count | None = strawberry.field(
        default=None, description="Units of all variants; left out, those of the primary metric."
    )
    days: float | None = strawberry.field(default=0.0, description="Days since the start.")
    units_per_day: float | None = strawberry.field(
        default=None, description="Units that arrive in a day of late; left out, the units by the days."
    )

    def progress(self) -> ProgressRequest:
        """As the service asks for it."""
        return ProgressRequest(self.units, or_default(self.days, 0.0), self.units_per_day)


@strawberry.input(description="How the experiment is to be judged: what was fixed before its start.")
class JudgementInput:
    primary_metric: str = strawberry.field(
        description="The name of the metric that decides. Its scale and direction are the plan's."
    )
    rule: StoppingRuleInput = strawberry.field(description="When the experiment may be judged.")
    minimum_effect: float | None = strawberry.field(
        default=0.0,
        description=(
            "The smallest effect that matters, on the primary metric's scale; 0 says that every one does, and then "
            "there is no verdict of no difference."
        ),
    )
    guardrails: list[JudgementGuardrailInput] | None = strawberry.field(
        default=None, description="Metrics that must not suffer; at most 50."
    )
    treatments: int | None = strawberry.field(
        default=None,
        description="How many were planned; left out, those of the primary metric. `alpha` is divided by it.",
    )
    power: float | None = strawberry.field(default=DEFAULT_POWER, description="The chance to find the minimum effect.")
    srm_alpha: float | None = strawberry.field(
        default=SRM_ALPHA, description="The split is in doubt where its always-valid p-value is below this."
    )
    progress: JudgementProgressInput | None = strawberry.field(
        default=None, description="How far the experiment is; left out, at its start in days."
    )

    def plan(self) -> Judgement:
        """As the service asks for it."""
        return Judgement(
            primary_metric=self.primary_metric,
            minimum_effect=or_default(self.minimum_effect, 0.0),
            rule=self.rule.rule(),
            guardrails=each(self.guardrails, JudgementGuardrailInput.guardrail),
            treatments=self.treatments,
            power=or_default(self.power, DEFAULT_POWER),
            srm_alpha=or_default(self.srm_alpha, SRM_ALPHA),
            progress=(self.progress or JudgementProgressInput()).progress(),
        )
