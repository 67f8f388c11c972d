"""What clients say about plans, and the services' requests that it becomes."""

import strawberry
from strawberry import ID

from server.experimentation.metrics.plans import (
    DEFAULT_ALPHA,
    DEFAULT_LOOKBACK_DAYS,
    DEFAULT_POWER,
    AnyTime,
    Correction,
    GuardrailRequest,
    PlanRequest,
    PlanTerms,
)
from server.experimentation.stats.terms import Scale
from server.schema.given import each, or_default
from server.schema.ids import decode_id
from server.schema.statistics.rules import PriorInput, StoppingRuleInput


@strawberry.input(description="A metric that must not suffer.")
class PlanGuardrailInput:
    metric_id: ID = strawberry.field(description="The metric.")
    margin: float = strawberry.field(description="How much one is ready to lose, at least 0: more than that is harm.")
    scale: Scale = strawberry.field(description="What the margin is measured in.")

    def request(self) -> GuardrailRequest:
        """As services ask for it."""
        return GuardrailRequest(decode_id(self.metric_id, "Metric"), self.margin, self.scale)


@strawberry.input(
    description="How an experiment is to be judged: the whole of it. At most 30 metrics, each in one role."
)
class PlanInput:
    primary_metric_id: ID = strawberry.field(description="What the verdict is about.")
    secondary_metric_ids: list[ID] | None = strawberry.field(
        default=None, description="What helps to understand, in the order in which it is to be shown."
    )
    guardrails: list[PlanGuardrailInput] | None = strawberry.field(default=None, description="What must not suffer.")
    scale: Scale = strawberry.field(description="What effects are measured in.")
    minimum_effect: float = strawberry.field(
        description="The smallest effect that matters, on that scale, at least 0: 0.05 is 5 % where it is relative."
    )
    alpha: float | None = strawberry.field(
        default=DEFAULT_ALPHA, description="The significance level, of all treatments together: from 0.0001 to 0.5."
    )
    power: float | None = strawberry.field(
        default=DEFAULT_POWER,
        description="The chance to find an effect of the minimum size: from 0.5 to 0.999, above `alpha`.",
    )
    rule: StoppingRuleInput | None = strawberry.field(
        default=None, description="When the experiment may be judged; left out, whenever one looks."
    )
    expected_days: float | None = strawberry.field(
        default=None, description="How many days it is expected to take: above 0, at most 3,650."
    )
    prior: PriorInput | None = strawberry.field(
        default=None, description="What is believed of effects before the data; left out, nothing: a flat prior."
    )
    correction: Correction | None = strawberry.field(
        default=Correction.HOLM, description="How the p-values of secondary metrics are corrected for being many."
    )
    lookback_days: int | None = strawberry.field(
        default=DEFAULT_LOOKBACK_DAYS,
        description=(
            "How many days before its first exposure a unit's past counts, for CUPED: at most 90, and 0 for no "
            "adjustment."
        ),
    )
    dimensions: list[str] | None = strawberry.field(
        default=None,
        description="The properties of exposures to break results down by: at most 5, each of at most 100 characters.",
    )

    def request(self) -> PlanRequest:
        """The plan as the services ask for it."""
        return PlanRequest(
            primary=decode_id(self.primary_metric_id, "Metric"),
            secondary=each(self.secondary_metric_ids, lambda gid: decode_id(gid, "Metric")),
            guardrails=each(self.guardrails, lambda guardrail: guardrail.request()),
            terms=PlanTerms(
                scale=self.scale,
                minimum_effect=self.minimum_effect,
                alpha=or_default(self.alpha, DEFAULT_ALPHA),
                power=or_default(self.power, DEFAULT_POWER),
                rule=self.rule.rule() if self.rule else AnyTime(),
                expected_days=or_default(self.expected_days, None),
                prior=self.prior.prior() if self.prior else None,
                correction=or_default(self.correction, Correction.HOLM),
                lookback_days=or_default(self.lookback_days, DEFAULT_LOOKBACK_DAYS),
                dimensions=tuple(or_default(self.dimensions, [])),
            ),
        )
