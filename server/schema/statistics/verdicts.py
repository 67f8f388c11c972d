"""What is said of an experiment and of each treatment, in words and for programs."""

from typing import Annotated

import strawberry

from server.experimentation.stats import remaining, verdict
from server.experimentation.stats.evidence import Doubt
from server.experimentation.stats.guardrails import Standing
from server.experimentation.stats.terms import Scale
from server.experimentation.stats.verdict import Outcome
from server.experimentation.stats.words import sentence, why_not_trusted
from server.schema.scalars import Count
from server.schema.statistics.terms import (
    DurationOrNoResult,
    IntervalOrNoResult,
    NoResult,
    duration_of,
    interval_of,
    or_no_result,
    told,
)


@strawberry.type(description="What is left to collect, from the precision reached so far; never from the effect seen.")
class RemainingCollection:
    likely_units: Count = strawberry.field(
        description="Further units of all variants until an effect of the minimum size is seen with the plan's power."
    )
    likely_days: DurationOrNoResult = strawberry.field(description="How long these take to arrive.")
    at_most_units: Count = strawberry.field(
        description="Further units of all variants until the interval decides, whatever the effect is."
    )
    at_most_days: DurationOrNoResult = strawberry.field(description="How long these take to arrive.")


def remaining_of(found: remaining.Remaining) -> RemainingCollection:
    """What is left, as the API tells it."""
    return RemainingCollection(
        likely_units=found.likely_units,
        likely_days=told(found.likely_days, duration_of),
        at_most_units=found.at_most_units,
        at_most_days=told(found.at_most_days, duration_of),
    )


RemainingCollectionOrNoResult = Annotated[RemainingCollection | NoResult, or_no_result("RemainingCollection")]


@strawberry.type(description="How a guardrail fares with one treatment.")
class GuardrailVerdict:
    metric: str = strawberry.field(description="The metric that must not suffer.")
    standing: Standing = strawberry.field(description="Whether it is within its margin.")
    scale: Scale = strawberry.field(description="What the interval is measured in.")
    interval: IntervalOrNoResult = strawberry.field(
        description="The always-valid interval of the effect, at 1 - alpha by treatments and guardrails."
    )


@strawberry.type(description="What is said of one treatment, and what it rests on.")
class VariantVerdict:
    variant: str = strawberry.field(description="The treatment.")
    outcome: Outcome = strawberry.field(description="What is said, for programs: stable.")
    message: str = strawberry.field(description="What is said, for people.")
    scale: Scale = strawberry.field(description="What the interval is measured in: the plan's scale.")
    interval: IntervalOrNoResult = strawberry.field(
        description="The interval of the effect that the verdict rests on, at 1 - alpha by treatments."
    )
    below_minimum_effect: bool = strawberry.field(
        description="Whether there is a difference that is certainly smaller than the minimum effect."
    )
    guardrails: list[GuardrailVerdict] = strawberry.field(description="Every guardrail of the plan.")
    remaining: RemainingCollectionOrNoResult = strawberry.field(
        description="How much longer to collect; a reason where there is nothing left, or it cannot be said."
    )


@strawberry.type(
    description=(
        "What is said of an experiment: from the always-valid result or from the plan's one look, and from nothing "
        "else."
    )
)
class Verdict:
    outcome: Outcome = strawberry.field(description="What is said, for programs: the loudest of the treatments'.")
    message: str = strawberry.field(description="What is said, for people: of every treatment, or the doubts.")
    doubts: list[Doubt] = strawberry.field(description="Why nothing can be trusted; empty where all can.")
    is_final: bool = strawberry.field(description="Whether the plan's one look was this one.")
    variants: list[VariantVerdict] = strawberry.field(description="What is said of every treatment.")


def verdict_of(found: verdict.Verdict) -> Verdict:
    """A verdict as the API tells it."""
    return Verdict(
        outcome=found.outcome,
        message=why_not_trusted(found) or " ".join(f"{each.variant}: {sentence(each)}" for each in found.variants),
        doubts=list(found.doubts),
        is_final=found.is_final,
        variants=[_variant(each) for each in found.variants],
    )


def _variant(found: verdict.VariantVerdict) -> VariantVerdict:
    return VariantVerdict(
        variant=found.variant,
        outcome=found.outcome,
        message=sentence(found),
        scale=found.scale,
        interval=told(found.interval, interval_of),
        below_minimum_effect=found.below_minimum,
        guardrails=[
            GuardrailVerdict(
                metric=each.name,
                standing=each.standing,
                scale=each.scale,
                interval=told(each.interval, interval_of),
            )
            for each in found.guardrails
        ],
        remaining=told(found.remaining, remaining_of),
    )
