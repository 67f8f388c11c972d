"""How far a treatment is from control: by one look, by any number of looks, and after corrections."""

from typing import Annotated

import strawberry

from server.experimentation.stats import sequential, welch
from server.experimentation.stats.terms import Alternative, Scale
from server.schema.statistics.terms import Interval, NoResult, interval_of, or_no_result

STANDARD_ERROR = (
    "The standard deviation of the value, if there is no effect; of a lift, that of the difference, as a share of "
    "control's value."
)


@strawberry.type(
    description=(
        "Welch's test: an interval and a p-value that hold for one look at a time that was fixed before, and mislead "
        "whoever looks more often."
    )
)
class WelchTest:
    scale: Scale = strawberry.field(description="What value, error and interval are measured in.")
    value: float = strawberry.field(description="The effect.")
    standard_error: float = strawberry.field(description=STANDARD_ERROR)
    statistic: float = strawberry.field(description="The value in standard errors.")
    degrees_of_freedom: float = strawberry.field(description="Satterthwaite's, of Student's t.")
    interval: Interval = strawberry.field(
        description="The confidence interval at 1 - `alpha`; of a lift, Fieller's, which reaches further up than down."
    )
    p_value: float = strawberry.field(
        description="How often one look sees so large an effect where there is none; never 0."
    )
    alpha: float = strawberry.field(description="The significance level.")
    alternative: Alternative = strawberry.field(description="What the test looks for.")


def welch_of(found: welch.WelchResult) -> WelchTest:
    """A test as the API tells it."""
    return WelchTest(
        scale=found.scale,
        value=found.value,
        standard_error=found.standard_error,
        statistic=found.statistic,
        degrees_of_freedom=found.degrees_of_freedom,
        interval=interval_of(found.interval),
        p_value=found.p_value,
        alpha=found.alpha,
        alternative=found.alternative,
    )


@strawberry.type(
    description=(
        "An interval and a p-value that hold however often one looks, and whenever one stops (asymptotic confidence "
        "sequences)."
    )
)
class AlwaysValidTest:
    scale: Scale = strawberry.field(description="What value, error and interval are measured in.")
    value: float = strawberry.field(description="The effect.")
    standard_error: float = strawberry.field(description=STANDARD_ERROR)
    interval: Interval = strawberry.field(
        description=(
            "The intervals of all looks hold the effect together with a chance of 1 - `alpha`; of a lift, they are "
            "Fieller's sets."
        )
    )
    p_value: float = strawberry.field(
        description="Below any level, on any day, no more often than that level where there is no effect; never 0."
    )
    alpha: float = strawberry.field(description="The significance level.")
    alternative: Alternative = strawberry.field(description="What the test looks for.")
    tuning: float = strawberry.field(description="At how many units of both variants the intervals are tightest.")


def always_valid_of(found: sequential.AlwaysValidResult) -> AlwaysValidTest:
    """An always-valid result as the API tells it."""
    return AlwaysValidTest(
        scale=found.scale,
        value=found.value,
        standard_error=found.standard_error,
        interval=interval_of(found.interval),
        p_value=found.p_value,
        alpha=found.alpha,
        alternative=found.alternative,
        tuning=found.tuning,
    )


@strawberry.type(description="A p-value, adjusted for all that were asked with it.")
class AdjustedPValue:
    value: float = strawberry.field(description="The adjusted p-value: significant where it is below the level.")


def adjusted_p_value_of(value: float) -> AdjustedPValue:
    """An adjusted p-value as the API tells it."""
    return AdjustedPValue(value=value)


WelchTestOrNoResult = Annotated[WelchTest | NoResult, or_no_result("WelchTest")]
AlwaysValidTestOrNoResult = Annotated[AlwaysValidTest | NoResult, or_no_result("AlwaysValidTest")]
AdjustedPValueOrNoResult = Annotated[AdjustedPValue | NoResult, or_no_result("AdjustedPValue")]
