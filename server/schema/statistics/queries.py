"""Queries of statistics from figures that the caller brings along: each makes one call to a service.

They read nothing of anybody's, unless a baseline is to be looked up, so they take no grant; they take time, so they
take a sign-in like everything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import strawberry
from strawberry import Info

from server import errors
from server.experimentation.inference import analyse
from server.experimentation.inference.checks import MAX_METRICS, MAX_VARIANTS
from server.experimentation.planning.from_history import plan_from_history
from server.schema.authors import author_of
from server.schema.fields import query
from server.schema.http.errors import ClientError
from server.schema.statistics.checks import SampleRatioCheckOrNoResult, sample_ratio_check_of
from server.schema.statistics.inputs import AnalyseSufficientStatisticsInput
from server.schema.statistics.metrics import MetricAnalysis, metric_analysis_of
from server.schema.statistics.planning import PlanSampleSizeInput
from server.schema.statistics.plans import SampleSizePlan, sample_size_plan_of
from server.schema.statistics.terms import told
from server.schema.statistics.verdicts import Verdict, verdict_of


@strawberry.type(description="A metric of a request, and what follows from its sums.")
class AnalysedMetric:
    name: str = strawberry.field(description="What the request calls the metric.")
    analysis: MetricAnalysis = strawberry.field(description="What follows from its sums.")


@strawberry.type(description="What follows from sums.")
class SufficientStatisticsAnalysis:
    metrics: list[AnalysedMetric] = strawberry.field(description="Every metric, in the order of the request.")
    split: SampleRatioCheckOrNoResult | None = strawberry.field(
        description="Whether the split was fair; null where the request has none."
    )
    verdict: Verdict | None = strawberry.field(
        description="What is said of the experiment; null where the request has no plan."
    )


def analysis_of(found: analyse.Analysis) -> SufficientStatisticsAnalysis:
    """An analysis as the API tells it."""
    return SufficientStatisticsAnalysis(
        metrics=[
            AnalysedMetric(
                name=each.name,
                analysis=metric_analysis_of(each.result, treatments=each.treatments, corrected=each.corrected),
            )
            for each in found.metrics
        ],
        split=None if found.split is None else told(found.split, sample_ratio_check_of),
        verdict=None if found.verdict is None else verdict_of(found.verdict),
    )


@contextmanager
def problems_as_errors() -> Iterator[None]:
    """A query has no union to answer a refusal with: it becomes an error, with every problem and its path."""
    try:
        yield
    except errors.InvalidInput as refusal:
        problems = [
            {"path": ["input", *map(str, each.path)], "code": each.code, "message": each.message}
            for each in refusal.problems
        ]
        raise ClientError(refusal.message, code=refusal.code, problems=problems) from None


@strawberry.type
class StatisticsQueries:
    @query(
        description=(
            "The whole inference from sums that you bring along: tests, always-valid intervals, chances, the split's "
            f"check and a verdict. Reads and writes nothing, and takes no grant. At most {MAX_METRICS} metrics and "
            f"{MAX_VARIANTS} variants."
        )
    )
    def analyse_sufficient_statistics(
        self,
        input: Annotated[
            AnalyseSufficientStatisticsInput, strawberry.argument(description="The sums, and how to analyse them.")
        ],
    ) -> SufficientStatisticsAnalysis:
        with problems_as_errors():
            return analysis_of(analyse.analyse_sufficient_statistics(input.request()))

    @query(
        description=(
            "How many units and days an experiment needs before it starts, and what other numbers of units would find. "
            "Writes nothing, and takes no grant but for a `history`: null where that names an environment, or a metric "
            "of its project, that you may not see."
        )
    )
    def plan_sample_size(
        self,
        info: Info,
        input: Annotated[
            PlanSampleSizeInput, strawberry.argument(description="What is known, and what is to be found.")
        ],
    ) -> SampleSizePlan | None:
        with problems_as_errors():
            found = plan_from_history(input.request(), place=input.baseline.place(), author=author_of(info))
        return None if found is None else sample_size_plan_of(found)
