"""The results of an experiment in the API: the last computation that was done, read from what it has stored."""

from datetime import datetime
from typing import Annotated

import strawberry
import strawberry_django
from django.db.models import Prefetch, QuerySet
from strawberry import Info
from strawberry.types.nodes import SelectedField

import server.schema.experimentation.results.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.results.breakdowns import breakdown_ahead, breakdown_by
from server.experimentation.results.shown import document_of
from server.schema.experimentation.metrics.plans import Plan
from server.schema.experimentation.results.computations import ComputationInputs, inputs_of
from server.schema.experimentation.results.exposures import FIGURES
from server.schema.experimentation.results.figures import (
    Breakdown,
    MetricResults,
    PhaseResults,
    breakdown_of,
    metric_results_of,
    phase_results_of,
)
from server.schema.experimentation.results.planned import figures_with_metrics, planned_by_version
from server.schema.experimentation.results.scopes import JudgedPhases, judged_phases_of
from server.schema.fields import asked, computed, field
from server.schema.ids import encode_id
from server.schema.statistics.verdicts import Verdict, verdict_of


@strawberry.type(description="Stands where a verdict would: the results were computed without a plan.")
class NoPlan:
    message: str = strawberry.field(description="What is missing and what to do, for people.")


VerdictOrNoPlan = Annotated[
    Verdict | NoPlan, strawberry.union("VerdictOrNoPlan", description="A `Verdict`, or that there was no plan.")
]
NO_PLAN = "There was no plan to judge by, so no metric was computed: set one, and the next results have a verdict."


@strawberry.type(description="Where results are to be had as files: by GET, with the credentials of this API.")
class ResultsExports:
    csv: str = strawberry.field(description="The path of a CSV file on this server.")
    parquet: str = strawberry.field(description="The path of a Parquet file on this server.")


def _asked_breakdown(info: Info) -> "Prefetch[str, QuerySet[models.Breakdown], str]":
    """The one that the field is asked for: of another alias it is another."""
    (selected, *_) = info.selected_fields
    assert isinstance(selected, SelectedField), "what reads ahead is a field"
    return breakdown_ahead(selected.arguments["property"])


@strawberry_django.type(
    models.Computation,
    name="ExperimentResults",
    description=(
        "What came of an experiment, as the last computation that was done has found. A later one that failed takes "
        "nothing of it away: `resultsState` tells of that."
    ),
)
class ExperimentResults:
    number: int = field(description="The number of the computation.")
    computed_at: datetime = field(field_name="finished_at", description="When it was computed.")
    as_of: datetime = field(description="It counts what had happened by then.")
    engine: str = field(description="Which engine counted, with its version.")
    is_final: bool = field(description="Whether they are the last of a completed experiment.")
    plan: Plan | None = field(description="The plan that was computed with; null where there was none.")

    @computed(description="What they were made from.", only=["inputs"])
    @staticmethod
    def inputs(root: models.Computation) -> ComputationInputs:
        return inputs_of(root)

    @computed(description="The variants that any phase has had: control first.", only=FIGURES)
    @staticmethod
    def variants(root: models.Computation) -> list[str]:
        return list(document_of(root).variants)

    @computed(description="The phases that verdict, `metrics` and breakdowns are about.", only=FIGURES)
    @staticmethod
    def judged(root: models.Computation) -> JudgedPhases:
        document = document_of(root)
        return judged_phases_of(document.judged, document.broken_by)

    @computed(description="What is said of the experiment.", only=FIGURES)
    @staticmethod
    def verdict(root: models.Computation) -> VerdictOrNoPlan:
        verdict = document_of(root).verdict
        return NoPlan(message=NO_PLAN) if verdict is None else verdict_of(verdict)

    @computed(
        description="The metrics of the plan, in their order, in the phases that are judged.",
        **figures_with_metrics("metrics"),
    )
    @staticmethod
    def metrics(root: models.Computation) -> list[MetricResults]:
        judged = document_of(root).judged
        return metric_results_of(judged.metrics, judged.units, planned_by_version(root, "metrics"))

    @asked(
        description="One phase by itself; null where there is none of this number.",
        **figures_with_metrics("phase", "metrics"),
    )
    @staticmethod
    def phase(
        root: models.Computation, number: Annotated[int, strawberry.argument(description="The phase's number.")]
    ) -> PhaseResults | None:
        for each in document_of(root).phases:
            if each.phases == (number,):
                return phase_results_of(each, planned_by_version(root, "phase"))
        return None

    @computed(description="The properties of exposures that there is a breakdown by.", only=FIGURES)
    @staticmethod
    def dimensions(root: models.Computation) -> list[str]:
        return [each.property for each in document_of(root).dimensions]

    @asked(
        description=(
            "What is judged, by the values of a property; null where the plan did not ask for it, and of computations "
            "that are no longer shown."
        ),
        **figures_with_metrics("breakdown", "values", "metrics", columns=(), ahead=[_asked_breakdown]),
    )
    @staticmethod
    def breakdown(
        root: models.Computation,
        property: Annotated[str, strawberry.argument(description="One of `dimensions`.")],
    ) -> Breakdown | None:
        found = breakdown_by(root, property)
        return None if found is None else breakdown_of(found, planned_by_version(root, "breakdown"))

    @computed(description="The same as files.", only=["experiment_id"])
    @staticmethod
    def exports(root: models.Computation) -> ResultsExports:
        place = f"/exports/experiments/{encode_id('Experiment', root.experiment_id)}/results"
        return ResultsExports(csv=f"{place}.csv", parquet=f"{place}.parquet")
