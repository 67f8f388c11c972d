"""Verdicts as sentences for people. Decides nothing, and adds nothing that the verdict does not say."""

import math

from server.experimentation.stats.evidence import Doubt
from server.experimentation.stats.guardrails import Standing
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.remaining import Remaining
from server.experimentation.stats.terms import Interval, Scale
from server.experimentation.stats.verdict import GuardrailStanding, Outcome, VariantVerdict, Verdict

_DOUBTS = {
    Doubt.UNFAIR_SPLIT: "the variants have not got the units that the split says",
    Doubt.UNITS_IN_CLOSED_ARM: "units are in a variant whose share is 0",
    Doubt.UNITS_IN_SEVERAL_VARIANTS: "too many units have met more than one variant",
    Doubt.IMPOSSIBLE_DATA: "there are sums that no data can have",
    Doubt.SCALE_HAS_NO_MEANING: "the scale is relative, and control's value is below 0",
    Doubt.INCOMPLETE_DATA: "events are missing from the figures",
    Doubt.PLAN_CHANGED: "the plan was changed after results could be seen",
}


def why_not_trusted(verdict: Verdict) -> str:
    """The doubts, in one sentence; empty when there are none."""
    if not verdict.doubts:
        return ""
    return f"Cannot be trusted: {'; '.join(_DOUBTS[each] for each in verdict.doubts)}."


def sentence(verdict: VariantVerdict) -> str:
    """What is said of one variant."""
    match verdict.outcome:
        case Outcome.WINNING | Outcome.LOSING:
            small = ", which is smaller than the minimum effect" if verdict.below_minimum else ""
            return f"{verdict.outcome.capitalize()}: the difference is {_between(verdict)}{small}."
        case Outcome.NO_DIFFERENCE:
            return f"No difference larger than the minimum effect: it is {_between(verdict)}."
        case Outcome.GUARDRAIL_HARMED:
            harmed = [each for each in verdict.guardrails if each.standing is Standing.HARMED]
            return f"Guardrail harmed: {'; '.join(_harm(each) for each in harmed)}."
        case Outcome.KEEP_COLLECTING:
            return f"Keep collecting: {_longer(verdict.remaining)}"
        case Outcome.INCONCLUSIVE:
            return "Inconclusive: it is over, and nothing was decided."
        case Outcome.CANNOT_BE_TRUSTED:
            return "Cannot be trusted."


def amount(value: float, scale: Scale) -> str:
    """An effect with its sign: ``+5.1 %`` of control, or ``+0.051``."""
    return f"{value * 100:+.3g} %" if scale is Scale.RELATIVE else f"{value:+.3g}"


def _between(verdict: VariantVerdict | GuardrailStanding) -> str:
    if not isinstance(verdict.interval, Interval):
        return "not known"
    low, high = verdict.interval.low, verdict.interval.high
    return f"between {amount(low, verdict.scale)} and {amount(high, verdict.scale)}"


def _harm(guardrail: GuardrailStanding) -> str:
    return f"the difference in {guardrail.name} is {_between(guardrail)}, beyond its margin"


def _longer(remaining: Remaining | NoResult) -> str:
    if isinstance(remaining, NoResult):
        return remaining.text
    if isinstance(remaining.likely_days, NoResult):
        return f"{remaining.likely_units:,} more units; {remaining.likely_days.text}"
    if not remaining.likely_units and not remaining.likely_days:
        return "it may be decided any day."
    return f"likely {remaining.likely_units:,} more units, {_days(remaining.likely_days)}."


def _days(days: float) -> str:
    whole = math.ceil(days)
    return "a day" if whole == 1 else f"{whole:,} days"
