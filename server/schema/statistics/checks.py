"""Whether the split was fair: the sample-ratio check."""

from typing import Annotated

import strawberry

from server.experimentation.stats import srm
from server.schema.scalars import Count
from server.schema.statistics.terms import NoResult, or_no_result


@strawberry.type(description="Whether the variants got the units that the split says.")
class SampleRatioCheck:
    units: Count = strawberry.field(description="How many units were counted.")
    always_valid_p_value: float = strawberry.field(
        description="May be looked at every day; a split is in doubt where it is below 0.001, or what the plan says."
    )
    p_value: float = strawberry.field(
        description="Pearson's, for one look: how often so uneven a split comes about by chance; never 0."
    )
    chi_square: float = strawberry.field(description="Pearson's statistic.")
    degrees_of_freedom: int = strawberry.field(description="Variants with a share, less one; added up over phases.")


def sample_ratio_check_of(found: srm.SrmResult) -> SampleRatioCheck:
    """A check as the API tells it."""
    return SampleRatioCheck(
        units=found.units,
        always_valid_p_value=found.always_valid_p_value,
        p_value=found.p_value,
        chi_square=found.chi_square,
        degrees_of_freedom=found.degrees_of_freedom,
    )


SampleRatioCheckOrNoResult = Annotated[SampleRatioCheck | NoResult, or_no_result("SampleRatioCheck")]
