"""Plans of experiments in the API: how each is to be judged, and when that was written."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry_django.optimizer import optimize

import server.schema.experimentation.metrics.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.metrics.plans import Correction, RuleKind, prior_in
from server.experimentation.metrics.selectors import measured
from server.experimentation.stats.bayes import FLAT
from server.experimentation.stats.terms import Scale
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.experimentation.metrics.types import Metric, MetricVersion
from server.schema.fields import computed, field
from server.schema.nodes import Node
from server.schema.scalars import Count
from server.schema.statistics.beliefs import Prior, prior_of


@strawberry.type(description="When an experiment may be judged.")
class StoppingRule:
    kind: RuleKind = strawberry.field(description="Whenever one looks, or once.")
    tuning: float | None = strawberry.field(
        description="Of an always-valid rule: the units of both variants at which intervals are tightest; else null."
    )
    units: Count | None = strawberry.field(
        description="Of a fixed horizon: the units of all variants; null where it does not say."
    )
    days: float | None = strawberry.field(
        description="Of a fixed horizon: the days since the start; null where it does not say."
    )


@strawberry_django.type(models.PlanMetric, description="A metric in its role, as it was when the plan was written.")
class PlanMetric:
    role: models.MetricRole = field(description="What the metric is for in the experiment.")
    metric: Metric = field(
        field_name="version__metric",
        select_related=["version"],
        description="The metric, as it is now.",
    )
    version: MetricVersion = field(description="What the metric means in this plan, whatever became of it since.")
    margin: float | None = field(description="Of a guardrail: how much one is ready to lose, at least 0; else null.")

    @computed(description="Of a guardrail: what its margin is measured in; else null.", only=["margin_scale"])
    @staticmethod
    def margin_scale(root: models.PlanMetric) -> Scale | None:
        return Scale(root.margin_scale) if root.margin_scale else None


@strawberry_django.type(
    models.Plan,
    description=(
        "How an experiment is to be judged. A plan never changes: another one is written beside it, and the newest "
        "is in force. It is fixed by the start, and one that came later says so."
    ),
)
class Plan(Node):
    number: int = field(description="1 for the experiment's first plan, and one more with every other.")
    minimum_effect: float = field(
        description="The smallest effect that matters, on the plan's scale; 0 says that every one does."
    )
    alpha: float = field(description="The significance level, of all treatments together.")
    power: float = field(description="The chance that an effect of the minimum size is to be found with.")
    expected_days: float | None = field(description="How many days it is to take; null where nobody said.")
    lookback_days: int = field(
        description="How many days before its first exposure a unit's past counts, for CUPED; 0 for no adjustment."
    )
    dimensions: list[str] = field(description="The properties of exposures to break results down by: at most 5.")
    created_at: datetime = field(description="When the plan was written.")
    after_start: bool = field(description="Whether it was written after the experiment had started.")
    after_results: bool = field(description="Whether it was written when there were results to see.")
    changes_judgement: bool = field(
        description=(
            "Whether it differs from the plan before in what a verdict rests on: primary metric, scale, minimum "
            "effect, significance, power, stopping rule, guardrails, or the days that it looks back. After results, no "
            "verdict can be trusted then."
        )
    )

    @computed(description="What effects are measured in; a guardrail's have its margin's scale.", only=["scale"])
    @staticmethod
    def scale(root: models.Plan) -> Scale:
        return Scale(root.scale)

    @computed(description="When the experiment may be judged.", only=["rule"])
    @staticmethod
    def rule(root: models.Plan) -> StoppingRule:
        rule = root.rule
        return StoppingRule(
            kind=RuleKind(rule["kind"]),
            tuning=rule.get("tuning"),
            units=rule.get("units") or None,
            days=rule.get("days") or None,
        )

    @computed(description="What is believed of effects before there is any data.", only=["prior"])
    @staticmethod
    def prior(root: models.Plan) -> Prior:
        return prior_of(prior_in(root.prior) or FLAT)

    @computed(description="How the p-values of secondary metrics are corrected for being many.", only=["correction"])
    @staticmethod
    def correction(root: models.Plan) -> Correction:
        return Correction(root.correction)

    @computed(
        list[PlanMetric],
        description="What is measured: the primary metric first, then secondary ones, then guardrails; at most 30.",
        prefetch_related=[lambda info: measured(optimize(models.PlanMetric.objects.all(), info))],
    )
    @staticmethod
    def metrics(root: models.Plan) -> list[models.PlanMetric]:
        return root.measured

    @computed(description="Who wrote the plan.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Plan) -> ChangeAuthor:
        return change_author(root)
