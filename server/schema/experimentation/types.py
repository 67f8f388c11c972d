"""Experiments and their rollouts in the API."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry import Info
from strawberry_django.optimizer import optimize

from server.experimentation import models
from server.experimentation.gates import gate_percentage
from server.experimentation.metrics.selectors import newest_plans, plans_in_force
from server.experimentation.phase_selectors import open_phases
from server.experimentation.planning.drafts import DRAFT_FACTS
from server.experimentation.results.shown import PLAN_STANDING
from server.experimentation.selectors import live_priority
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author, now
from server.schema.connections import Connection, connection
from server.schema.experimentation.metrics.lists import plans
from server.schema.experimentation.metrics.plans import Plan
from server.schema.experimentation.phase_lists import phases, scheduled_ramps
from server.schema.experimentation.phases import Phase, ScheduledRamp
from server.schema.experimentation.planned_size import SampleSizePlanOrNoResult, planned_size_of
from server.schema.experimentation.receipts import CompletionReceipt, receipt_of
from server.schema.experimentation.replays.lists import replays
from server.schema.experimentation.replays.types import AAReplay
from server.schema.experimentation.results.computations import (
    ATTEMPT,
    Computation,
    ExperimentResultsState,
    results_state_of,
)
from server.schema.experimentation.results.exposures import FIGURES, ExperimentExposures
from server.schema.experimentation.results.health import ExperimentHealth, experiment_health
from server.schema.experimentation.results.lists import computations
from server.schema.experimentation.results.types import ExperimentResults
from server.schema.features.types import Feature, Segment, SegmentVersion
from server.schema.fields import asked, computed, field
from server.schema.nodes import Node
from server.schema.projects.types import Environment
from server.schema.scalars import FlagValue, Percentage
from server.schema.versioning.maps import BucketMap
from server.schema.versioning.states import of_map, of_shares, of_state
from server.schema.versioning.types import Allocation, Flag, FlagVersion


@strawberry_django.type(
    models.Rollout,
    name="ExperimentRollout",
    description=(
        "Who takes part, the gate, and how those who do are divided, the split. "
        "It is an override on the flag, for a segment that only the experiment changes."
    ),
)
class ExperimentRollout:
    segment: Segment = field(description="The segment that holds the gate: closed unless the experiment runs.")
    flag_version: FlagVersion = field(description="The flag version that the rollout was written with.")
    priority: int | None = field(
        annotate=live_priority(),
        description="The override's place among the flag's, 1 first; null when it is on the flag no more.",
    )

    enabled: bool = of_state(
        bool, lambda state: state.enabled, "enabled", description="Whether the flag is on for those in the gate."
    )
    control_value: FlagValue = of_state(
        FlagValue, lambda state: state.value, "value", description="What control serves in the gate."
    )
    multivariate_values: list[Allocation] = of_shares(
        list[Allocation],
        lambda state: list(state.allocations.all()),
        description="The split: each option's share of those in the gate. An option that is not here has none.",
    )
    control_percentage: Percentage = of_shares(
        Percentage,
        lambda state: state.control_share,
        description="The share of control: what the options leave.",
    )
    bucket_map: BucketMap | None = of_map(
        description="Which variant has which bucket; null where control has everything, and always had.",
    )

    @computed(
        description="The gate: the share of the units that takes part.",
        only=["gate__rules"],
        select_related=["gate"],
    )
    @staticmethod
    def percentage(root: models.Rollout) -> Percentage:
        return gate_percentage(root.gate)


@strawberry_django.type(
    models.Experiment,
    description="A comparison of a flag's control with its options, on the units that the rollout takes in.",
)
class Experiment(Node):
    key: str = field(description="The experiment's key, unique in its environment; it never changes.")
    name: str = field(description="The experiment's name.")
    hypothesis: str = field(description="What is expected, and why; may be empty.")
    status: models.Status = field(description="Where the experiment is in its life.")
    version: int = field(description="Counts the changes: what `expectedVersion` is compared with.")
    unit: str = field(description="What is randomised: `targetingKey`.")
    created_at: datetime = field(description="When the experiment was created.")
    updated_at: datetime = field(description="When the experiment last changed.")
    started_at: datetime | None = field(description="When the experiment was first started.")
    ended_at: datetime | None = field(description="When the experiment was completed.")
    feature: Feature = field(description="The feature whose options are compared.")
    environment: Environment = field(description="Where the experiment takes place.")
    flag: Flag = field(description="The flag: the feature in the environment.")
    archived_at: datetime | None = field(
        description="When the experiment was archived: lists leave it out since; null while they show it."
    )
    rollout: ExperimentRollout | None = field(description="Gate and split; null until they are set.")
    audience: Segment | None = field(
        field_name="audience__segment",
        select_related=["audience"],
        description="Who may take part at all, of whom the gate takes its share; null for everyone.",
    )
    audience_version: SegmentVersion | None = field(
        field_name="audience",
        description=(
            "The rules that the audience has for this experiment, whatever becomes of the segment's: those of the "
            "moment when it was set or, of a draft, when it starts; null for everyone."
        ),
    )
    phases: Connection[Phase] = connection(
        narrow=phases, description="The stretches in which split, audience and values meant the same."
    )
    ramps: Connection[ScheduledRamp] = connection(
        narrow=scheduled_ramps, description="The widenings of the gate that have been scheduled."
    )

    @computed(
        Phase | None,
        description="The phase that goes on, paused or not; null before the first and after the last.",
        prefetch_related=[lambda info: open_phases(optimize(models.Phase.objects.filter(closed_at=None), info))],
    )
    @staticmethod
    def current_phase(root: models.Experiment) -> models.Phase | None:
        return next(iter(root.open_phases), None)

    plans: Connection[Plan] = connection(
        narrow=plans, description="Every plan that there was, with when it was written; the newest is in force."
    )

    @computed(
        Plan | None,
        description="How the experiment is to be judged: the plan in force; null until there is one.",
        prefetch_related=[lambda info: plans_in_force(optimize(newest_plans(), info))],
    )
    @staticmethod
    def plan(root: models.Experiment) -> models.Plan | None:
        return next(iter(root.plans_in_force), None)

    @computed(
        description=(
            "Before it starts: the units and days that it needs to find the plan's minimum effect, by what the primary "
            "metric comes to in the environment of late, the split, and the share of the traffic that the gate takes "
            "in. An adjustment by the units' past takes fewer; an audience takes longer."
        ),
        only=["status"],
        annotate=DRAFT_FACTS,
    )
    @staticmethod
    def planned_size(root: models.Experiment) -> SampleSizePlanOrNoResult:
        return planned_size_of(root)

    results: ExperimentResults | None = field(
        field_name="results_state__current",
        select_related=["results_state"],
        description=(
            "What came of it, by the last computation that was done; null before there is one: `resultsState` says why."
        ),
    )
    exposures: ExperimentExposures | None = field(
        field_name="results_state__current",
        select_related=["results_state"],
        description="Who met which variant, by the same computation; null before there is one.",
    )
    computations: Connection[Computation] = connection(
        narrow=computations, description="Every computation of its results, those that failed as well."
    )
    replays: Connection[AAReplay] = connection(
        narrow=replays, description="Every A/A replay that was asked for, those that failed or are to come as well."
    )

    @computed(
        description="How far its results are, and when there are newer ones.",
        only=[
            "status",
            "started_at",
            "ended_at",
            *(f"results_state__{column}" for column in ("due_at", "requested_at")),
            *(f"results_state__current__{column}" for column in ("as_of", "is_final")),
            *(f"results_state__latest__{column}" for column in ATTEMPT),
        ],
        select_related=["results_state__current", "results_state__latest"],
    )
    @staticmethod
    def results_state(root: models.Experiment) -> ExperimentResultsState:
        return results_state_of(root)

    @asked(
        description="Whether its data is what its figures take it for: checks, and what to do.",
        only=[
            "status",
            "started_at",
            "environment_id",
            *(f"results_state__current__{column}" for column in (*ATTEMPT, *FIGURES)),
            *(f"results_state__latest__{column}" for column in ATTEMPT),
        ],
        select_related=["results_state__current", "results_state__latest"],
        annotate=PLAN_STANDING,
    )
    @staticmethod
    def health(root: models.Experiment, info: Info) -> ExperimentHealth:
        return experiment_health(root, info, now=now())

    @computed(description="Who created the experiment.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Experiment) -> ChangeAuthor:
        return change_author(root)

    @computed(
        description=(
            "What completion did; null unless the experiment is completed. The receipt of a completion that was "
            "reverted is in the audit log, in the `before` of that reversal."
        ),
        only=["receipt"],
    )
    @staticmethod
    def receipt(root: models.Experiment) -> CompletionReceipt | None:
        return receipt_of(root.receipt) if root.receipt else None


@strawberry.type(description="How many experiments have a status.")
class StatusCount:
    status: models.Status = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many experiments have it.")
