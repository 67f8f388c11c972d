"""A stored plan in the terms of the statistics. Judges nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from server.experimentation.metrics.plans import prior_in, rule_in, stopping_rule
from server.experimentation.metrics.rows import direction_of
from server.experimentation.models import MetricRole, Plan, PlanMetric
from server.experimentation.stats import evidence
from server.experimentation.stats.analysis import Question
from server.experimentation.stats.bayes import FLAT
from server.experimentation.stats.corrections import benjamini_hochberg, holm
from server.experimentation.stats.guardrails import Guardrail
from server.experimentation.stats.rules import AlwaysValid, StoppingRule
from server.experimentation.stats.sequential import TUNING
from server.experimentation.stats.terms import Scale

Correction = Callable[[Sequence[float]], tuple[float, ...]]

CORRECTIONS: dict[str, Correction] = {"HOLM": holm, "BENJAMINI_HOCHBERG": benjamini_hochberg, "NONE": tuple}


def correction_of(plan: Plan) -> Correction:
    """How p-values of many questions are adjusted."""
    return CORRECTIONS[plan.correction]


def scale_of(plan: Plan, metric: PlanMetric) -> Scale:
    """What the metric's effects are measured in: the margin's scale for a guardrail, for all others the plan's."""
    return Scale(metric.margin_scale or plan.scale)


def question_for(plan: Plan, metric: PlanMetric) -> Question:
    """How the metric is to be analysed."""
    rule = rule_of(plan.rule)
    return Question(
        scale=scale_of(plan, metric),
        direction=direction_of(metric.version),
        alpha=plan.alpha,
        tuning=rule.tuning if isinstance(rule, AlwaysValid) else TUNING,
        prior=prior_in(plan.prior) or FLAT,
    )


def judged_by(plan: Plan, metrics: Sequence[PlanMetric], *, treatments: int) -> evidence.Plan:
    """The plan that a verdict is asked on, for so many treatments."""
    primary = next(each for each in metrics if each.role == MetricRole.PRIMARY)
    guardrails = [each for each in metrics if each.role == MetricRole.GUARDRAIL]
    return evidence.Plan(
        scale=Scale(plan.scale),
        direction=direction_of(primary.version),
        minimum_effect=plan.minimum_effect,
        alpha=plan.alpha,
        rule=rule_of(plan.rule),
        treatments=treatments,
        guardrails=tuple(
            Guardrail(each.version.metric.key, each.margin or 0.0, scale_of(plan, each), direction_of(each.version))
            for each in guardrails
        ),
        power=plan.power,
    )


def rule_of(stored: dict[str, Any]) -> StoppingRule:
    """The stopping rule, from its JSON."""
    return stopping_rule(rule_in(stored))
