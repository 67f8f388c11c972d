"""What a metric comes to in a variant, and what an adjustment has made of it."""

from typing import Annotated

import strawberry

from server.experimentation.stats import cuped, levels
from server.schema.scalars import Count
from server.schema.statistics.terms import NoResult, or_no_result


@strawberry.type(description="What a metric comes to in one variant.")
class Level:
    units: Count = strawberry.field(description="How many units it is of.")
    value: float = strawberry.field(
        description="Rate, mean, ratio or quantile: what is compared. Adjusted where there is an adjustment."
    )
    standard_error: float = strawberry.field(description="The standard deviation of the value.")
    standard_deviation: float = strawberry.field(
        description="The standard error times the root of the units: of a mean, the standard deviation between units."
    )
    unadjusted_value: float = strawberry.field(
        description="The value without an adjustment: what a lift is a share of. Where none was made, the value."
    )
    unadjusted_standard_error: float = strawberry.field(description="The standard error of the unadjusted value.")


def level_of(found: levels.Level) -> Level:
    """A level as the API tells it."""
    return Level(
        units=found.units,
        value=found.value,
        standard_error=found.standard_error,
        standard_deviation=found.unit_variance**0.5,
        unadjusted_value=found.base,
        unadjusted_standard_error=found.base_variance**0.5,
    )


@strawberry.type(description="How values were adjusted by what was known of the units before (CUPED).")
class CovariateAdjustment:
    theta: float = strawberry.field(
        description="How much of the value from before was taken from each value: one figure for all variants."
    )
    variance_reduction: float = strawberry.field(
        description="The share of the variance between units that is gone: 0.3 is 30 % fewer units for the same."
    )


def adjustment_of(found: cuped.Adjusted) -> CovariateAdjustment:
    """An adjustment as the API tells it."""
    return CovariateAdjustment(theta=found.theta, variance_reduction=1 - found.variance_ratio)


LevelOrNoResult = Annotated[Level | NoResult, or_no_result("Level")]
CovariateAdjustmentOrNoResult = Annotated[CovariateAdjustment | NoResult, or_no_result("CovariateAdjustment")]
