"""What a draft needs before it starts, in the API. Plans nothing itself."""

from typing import Annotated

from server.experimentation import models
from server.experimentation.planning.drafts import planned_size
from server.schema.statistics.plans import SampleSizePlan, sample_size_plan_of
from server.schema.statistics.terms import NoResult, or_no_result, told

SampleSizePlanOrNoResult = Annotated[SampleSizePlan | NoResult, or_no_result("SampleSizePlan")]


def planned_size_of(experiment: models.Experiment) -> SampleSizePlan | NoResult:
    """A draft's needs as the API tells them, or why there is nothing to plan."""
    return told(planned_size(experiment), sample_size_plan_of)
