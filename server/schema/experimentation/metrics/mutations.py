"""Mutations of metrics and of plans: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.experimentation import models
from server.experimentation.services.archive_metric import archive_metric
from server.experimentation.services.create_metric import create_metric
from server.experimentation.services.set_experiment_plan import set_experiment_plan
from server.experimentation.services.update_metric import update_metric
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import (
    Answer,
    DryRun,
    ExpectedVersion,
    ExperimentId,
    experiment_mutation,
)
from server.schema.experimentation.metrics.baseline_mutations import BaselineMutations
from server.schema.experimentation.metrics.inputs import CreateMetricInput, UpdateMetricInput
from server.schema.experimentation.metrics.plan_inputs import PlanInput
from server.schema.experimentation.metrics.types import Metric
from server.schema.given import changed
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result

MetricId = Annotated[ID, strawberry.argument(description="The metric.")]
ExpectedMetricVersion = Annotated[
    int | None,
    strawberry.argument(description="The version that you have seen: refused if the metric has moved on since."),
]


@strawberry.type
class MetricMutations(BaselineMutations):
    @mutation(
        result("CreateMetricResult", Metric),
        description="Create a metric. Nothing is measured by it until an experiment's plan names it.",
    )
    def create_metric(
        self,
        info: Info,
        input: Annotated[CreateMetricInput, strawberry.argument(description="The metric.")],
    ) -> models.Metric:
        return create_metric(request=input.request(), author=author_of(info), now=now())

    @mutation(
        result("UpdateMetricResult", Metric),
        description=(
            "Change a metric. Another definition or direction is a new version: plans keep theirs, and a draft that "
            "starts takes the newest."
        ),
    )
    def update_metric(
        self,
        info: Info,
        metric_id: MetricId,
        input: Annotated[UpdateMetricInput, strawberry.argument(description="What changes.")],
        expected_version: ExpectedMetricVersion = None,
    ) -> models.Metric:
        return update_metric(
            metric_id=decode_id(metric_id, "Metric"),
            name=changed(input.name),
            description=changed(input.description),
            definition=input.new_definition,
            direction=changed(input.direction),
            expected_version=expected_version,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("ArchiveMetricResult", Metric),
        description="Offer a metric to no more plans. Those that have it keep it, and it goes on being measured.",
    )
    def archive_metric(self, info: Info, metric_id: MetricId) -> models.Metric:
        return archive_metric(metric_id=decode_id(metric_id, "Metric"), author=author_of(info), now=now())

    @mutation(result("UnarchiveMetricResult", Metric), description="Offer an archived metric to plans again.")
    def unarchive_metric(self, info: Info, metric_id: MetricId) -> models.Metric:
        return archive_metric(
            metric_id=decode_id(metric_id, "Metric"), archived=False, author=author_of(info), now=now()
        )

    @experiment_mutation(
        "SetExperimentPlanResult",
        description=(
            "Set how an experiment is to be judged, the whole plan at once, with its metrics as they are now; a draft "
            "that starts takes the newest. The start fixes it: a later plan is accepted, and shown as such. One that "
            "comes after results and changes what a verdict rests on leaves no verdict to be trusted."
        ),
    )
    def set_experiment_plan(
        self,
        info: Info,
        experiment_id: ExperimentId,
        plan: Annotated[PlanInput, strawberry.argument(description="The whole plan, as it is to be.")],
        expected_version: ExpectedVersion = None,
        dry_run: DryRun = False,
    ) -> Answer:
        return set_experiment_plan(
            experiment_id=decode_id(experiment_id, "Experiment"),
            plan=plan.request(),
            expected_version=expected_version,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )
