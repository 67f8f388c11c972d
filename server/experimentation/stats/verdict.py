"""The verdict: from the always-valid result or from the declared stopping rule, and from nothing else.

Of all treatments together, over all looks together, the chance of any false winning, losing or
"no difference" is at most α; of any false statement about a guardrail, at most another α.
"""

from dataclasses import dataclass
from enum import StrEnum

from server.experimentation.stats.effects import Effect
from server.experimentation.stats.evidence import Doubt, Health, Plan, Progress, VariantEvidence
from server.experimentation.stats.guardrails import Guardrail, Standing, standing
from server.experimentation.stats.outlook import what_is_left
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.remaining import Remaining
from server.experimentation.stats.rules import AlwaysValid, FixedHorizon
from server.experimentation.stats.srm import SrmResult
from server.experimentation.stats.terms import Interval, Scale


class Outcome(StrEnum):
    """What is said of a treatment, and of an experiment. The values are stable."""

    WINNING = "WINNING"
    LOSING = "LOSING"
    NO_DIFFERENCE = "NO_DIFFERENCE"
    """No difference larger than the minimum effect."""
    GUARDRAIL_HARMED = "GUARDRAIL_HARMED"
    KEEP_COLLECTING = "KEEP_COLLECTING"
    INCONCLUSIVE = "INCONCLUSIVE"
    """It is over, by a fixed horizon or because people ended it, and nothing was decided."""
    CANNOT_BE_TRUSTED = "CANNOT_BE_TRUSTED"


@dataclass(frozen=True, slots=True)
class GuardrailStanding:
    """How a guardrail fares; ``interval`` is at 1 - α / (treatments · guardrails)."""

    name: str
    scale: Scale
    interval: Interval | NoResult
    standing: Standing


@dataclass(frozen=True, slots=True)
class VariantVerdict:
    """What is said of one treatment, and what it rests on.

    ``interval`` is at 1 - α / treatments, on the plan's scale; ``below_minimum`` says that a proven
    difference is smaller than the minimum effect; ``remaining`` is said while there is something to collect.
    """

    variant: str
    outcome: Outcome
    scale: Scale
    interval: Interval | NoResult
    below_minimum: bool
    guardrails: tuple[GuardrailStanding, ...]
    remaining: Remaining | NoResult


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of the experiment. A final verdict is kept by the caller and never computed again."""

    outcome: Outcome
    doubts: tuple[Doubt, ...]
    variants: tuple[VariantVerdict, ...]
    is_final: bool


_LOUDEST_FIRST = (
    Outcome.CANNOT_BE_TRUSTED,
    Outcome.GUARDRAIL_HARMED,
    Outcome.WINNING,
    Outcome.KEEP_COLLECTING,
    Outcome.INCONCLUSIVE,
    Outcome.NO_DIFFERENCE,
    Outcome.LOSING,
)


def judge(plan: Plan, variants: tuple[VariantEvidence, ...], health: Health, progress: Progress) -> Verdict:
    """Judge an experiment at one look.

    Under a fixed horizon nothing is said of the primary metric before it; at it, the evidence is that of
    the first look at or after it, and the verdict is final, if there is any treatment to judge. Guardrails
    are watched by confidence sequences under every rule, so that harm is seen early.

    Raises:
        ValueError: more treatments than planned, or not one effect for each guardrail.
    """
    _require_fit(plan, variants)
    doubts = tuple(dict.fromkeys((*_doubts(plan, health), *_senseless(variants))))
    judged = tuple(_judge_one(plan, each, progress, trusted=not doubts) for each in variants)
    outcomes = {each.outcome for each in judged} or {Outcome.KEEP_COLLECTING}
    outcome = Outcome.CANNOT_BE_TRUSTED if doubts else next(each for each in _LOUDEST_FIRST if each in outcomes)
    return Verdict(outcome, doubts, judged, plan.is_over(progress) and bool(judged) and not doubts)


def _doubts(plan: Plan, health: Health) -> tuple[Doubt, ...]:
    """A split that cannot be checked *yet* is no reason for doubt; counts that cannot be are."""
    match health.split:
        case SrmResult() as split if split.always_valid_p_value < plan.srm_alpha:
            return (Doubt.UNFAIR_SPLIT, *health.doubts)
        case NoResult(Reason.UNITS_IN_CLOSED_ARM):
            return (Doubt.UNITS_IN_CLOSED_ARM, *health.doubts)
        case NoResult(Reason.IMPOSSIBLE_SUMS):
            return (Doubt.IMPOSSIBLE_DATA, *health.doubts)
    return health.doubts


def _senseless(variants: tuple[VariantEvidence, ...]) -> tuple[Doubt, ...]:
    """Doubts from effects that more units would not cure."""
    effects = [effect for each in variants for effect in (each.primary, *each.guardrails)]
    found = {
        Doubt.IMPOSSIBLE_DATA: NoResult(Reason.IMPOSSIBLE_SUMS) in effects,
        Doubt.SCALE_HAS_NO_MEANING: NoResult(Reason.NEGATIVE_CONTROL_MEAN) in effects,
    }
    return tuple(doubt for doubt, is_there in found.items() if is_there)


def _judge_one(plan: Plan, evidence: VariantEvidence, progress: Progress, *, trusted: bool) -> VariantVerdict:
    guardrails = tuple(
        _guardrail_standing(plan, each, effect)
        for each, effect in zip(plan.guardrails, evidence.guardrails, strict=True)
    )
    interval = _primary_interval(plan, evidence.primary, progress)
    outcome = Outcome.CANNOT_BE_TRUSTED
    if trusted:
        outcome = _outcome(plan, interval, guardrails, over=progress.ended or plan.is_over(progress))
    left: Remaining | NoResult = NoResult(Reason.NOTHING_LEFT)
    if outcome is Outcome.KEEP_COLLECTING:
        is_open = [each.standing is Standing.OPEN for each in guardrails]
        left = what_is_left(plan, evidence, progress, interval=interval, open_guardrails=is_open)
    small = isinstance(interval, Interval) and interval.excludes(0) and interval.lies_within(plan.minimum_effect)
    return VariantVerdict(evidence.variant, outcome, plan.scale, interval, small, guardrails, left)


def _outcome(
    plan: Plan, interval: Interval | NoResult, guardrails: tuple[GuardrailStanding, ...], *, over: bool
) -> Outcome:
    undecided = Outcome.INCONCLUSIVE if over else Outcome.KEEP_COLLECTING
    if any(each.standing is Standing.HARMED for each in guardrails):
        return Outcome.GUARDRAIL_HARMED
    if isinstance(interval, NoResult):
        return undecided
    good = interval.turned(plan.direction)
    if good.high < 0:
        return Outcome.LOSING
    if good.low > 0:
        return Outcome.WINNING if all(each.standing is Standing.SAFE for each in guardrails) else undecided
    return Outcome.NO_DIFFERENCE if good.lies_within(plan.minimum_effect) else undecided


def _primary_interval(plan: Plan, effect: Effect | NoResult, progress: Progress) -> Interval | NoResult:
    if isinstance(effect, NoResult):
        return effect
    match plan.rule:
        case AlwaysValid() as rule:
            return rule.interval(effect, plan.alpha_each)
        case FixedHorizon() as rule if rule.is_reached(units=progress.units, days=progress.days):
            return rule.test.interval(effect, plan.alpha_each)
    return NoResult(Reason.BEFORE_HORIZON)


def _guardrail_standing(plan: Plan, guardrail: Guardrail, effect: Effect | NoResult) -> GuardrailStanding:
    interval = effect if isinstance(effect, NoResult) else plan.watch.interval(effect, plan.guardrail_alpha)
    found = Standing.OPEN
    if isinstance(interval, Interval):
        found = standing(interval, margin=guardrail.margin, direction=guardrail.direction)
    return GuardrailStanding(guardrail.name, guardrail.scale, interval, found)


def _require_fit(plan: Plan, variants: tuple[VariantEvidence, ...]) -> None:
    if len(variants) > plan.treatments:
        raise ValueError("There are more treatments than the plan's error was shared among.")
    for each in variants:
        asked = (plan.scale, *(guardrail.scale for guardrail in plan.guardrails))
        for scale, effect in zip(asked, (each.primary, *each.guardrails), strict=True):
            if isinstance(effect, Effect) and effect.scale is not scale:
                raise ValueError(f"An effect is {effect.scale} where the plan says {scale}.")
