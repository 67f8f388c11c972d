"""How much longer one variant needs, by its plan. Says nothing of what will come out."""

from collections.abc import Sequence

from server.experimentation.stats.effects import Effect
from server.experimentation.stats.evidence import Plan, Progress, VariantEvidence
from server.experimentation.stats.power import days_for
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.remaining import Remaining, still_needed
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon, Test
from server.experimentation.stats.terms import Interval


def what_is_left(
    plan: Plan,
    evidence: VariantEvidence,
    progress: Progress,
    *,
    interval: Interval | NoResult,
    open_guardrails: Sequence[bool],
) -> Remaining | NoResult:
    """Until a fixed horizon, exactly; else until the primary metric is likely to decide, or a guardrail to be safe."""
    match plan.rule:
        case FixedHorizon() as rule:
            return _until(rule, progress)
        case AlwaysValid() as rule if not (isinstance(interval, Interval) and interval.excludes(0)):
            return _needed(plan, evidence.primary, plan.minimum_effect, rule, plan.alpha_each, progress)
    pairs = zip(plan.guardrails, evidence.guardrails, open_guardrails, strict=True)
    return _longest(
        [
            _needed(plan, effect, guardrail.margin, plan.watch, plan.guardrail_alpha, progress)
            for guardrail, effect, is_open in pairs
            if is_open
        ]
    )


def _needed(
    plan: Plan, effect: Effect | NoResult, size: float, test: Test, alpha: float, progress: Progress
) -> Remaining | NoResult:
    if isinstance(effect, NoResult):
        return effect
    return still_needed(
        effect,
        minimum_effect=size,
        test=test,
        alpha=alpha,
        power=plan.power,
        units_so_far=progress.units,
        units_per_day=progress.units_per_day,
    )


def _until(rule: FixedHorizon, progress: Progress) -> Remaining:
    units = max(rule.units - progress.units, 0)
    wait = max(rule.days - progress.days, 0.0)
    arriving = days_for(units, progress.units_per_day) if units else 0.0
    days = arriving if isinstance(arriving, NoResult) else max(arriving, wait)
    return Remaining(units, days, units, days)


def _longest(needs: Sequence[Remaining | NoResult]) -> Remaining | NoResult:
    found: Remaining | NoResult = NoResult(Reason.NOTHING_LEFT)
    for need in needs:
        if isinstance(need, NoResult):
            return need
        if isinstance(found, NoResult) or need.likely_units > found.likely_units:
            found = need
    return found
