"""What all statistics in the API share: an interval, and the reason that stands where there is no number.

A thing that may not be computable is a union of it and `NoResult`, named `<Thing>OrNoResult`; it is never null.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import strawberry

import server.schema.statistics.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation.stats import reasons, terms
from server.experimentation.stats.reasons import Reason
from server.experimentation.stats.terms import Scale

T = TypeVar("T")
R = TypeVar("R")


@strawberry.type(description="Stands where a number would: there is none, for this reason.")
class NoResult:
    reason: Reason = strawberry.field(description="Why there is no number, for programs: stable.")
    message: str = strawberry.field(description="Why there is no number and what to do, for people.")
    may_pass: bool = strawberry.field(description="Whether more units may cure it.")


def or_no_result(thing: str) -> Any:
    """The union of a thing and the reason why there is none."""
    description = f"{'An' if thing[0] in 'AEIOU' else 'A'} `{thing}`, or why there is none."
    return strawberry.union(f"{thing}OrNoResult", description=description)


def told(found: T | reasons.NoResult, convert: Callable[[T], R]) -> R | NoResult:
    """What was found as the API tells it, or the reason why there is nothing."""
    return no_result_of(found) if isinstance(found, reasons.NoResult) else convert(found)


def no_result_of(found: reasons.NoResult) -> NoResult:
    """A reason, with what to do about it."""
    return NoResult(reason=found.reason, message=found.text, may_pass=found.may_pass)


@strawberry.type(description="A range of values, both ends included.")
class Interval:
    low: float | None = strawberry.field(
        description="The lower end; null where the interval is open downwards, as JSON has no infinity."
    )
    high: float | None = strawberry.field(
        description="The upper end; null where the interval is open upwards, as JSON has no infinity."
    )


def interval_of(found: terms.Interval) -> Interval:
    """An interval, with null for an end that is infinitely far away."""
    return Interval(low=_end(found.low), high=_end(found.high))


def _end(value: float) -> float | None:
    return None if math.isinf(value) else value


@strawberry.type(description="A length of time.")
class Duration:
    days: float = strawberry.field(description="How many days; parts of a day count.")


def duration_of(days: float) -> Duration:
    """Days as the API tells them."""
    return Duration(days=days)


@strawberry.type(description="An effect that a plan or a test is about.")
class EffectSize:
    scale: Scale = strawberry.field(description="What the effect is measured in.")
    value: float = strawberry.field(description="How large the effect is; below 0, a decrease.")


IntervalOrNoResult = Annotated[Interval | NoResult, or_no_result("Interval")]
DurationOrNoResult = Annotated[Duration | NoResult, or_no_result("Duration")]
EffectSizeOrNoResult = Annotated[EffectSize | NoResult, or_no_result("EffectSize")]
