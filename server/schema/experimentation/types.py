"""Experiments and their rollouts in the API."""

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import QuerySet

from server.experimentation import models
from server.experimentation.gates import gate_percentage
from server.experimentation.selectors import live_priority
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.experimentation.receipts import CompletionReceipt, receipt_of
from server.schema.features.types import Feature, Segment
from server.schema.fields import computed, field
from server.schema.nodes import Node
from server.schema.projects.types import Environment
from server.schema.scalars import FlagValue, Percentage
from server.schema.versioning.types import Allocation, FlagVersion
from server.versioning import models as flags


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
    priority: int | None = strawberry_django.field(
        annotate=live_priority(),
        description="The override's place among the flag's, 1 first; null when it is on the flag no more.",
    )

    @computed(
        description="Whether the flag is on for those in the gate.",
        only=["state__enabled"],
        select_related=["state"],
    )
    @staticmethod
    def enabled(root: models.Rollout) -> bool:
        return root.state.enabled

    @computed(
        description="The gate: the share of the units that takes part.",
        only=["gate__rules"],
        select_related=["gate"],
    )
    @staticmethod
    def percentage(root: models.Rollout) -> Percentage:
        return gate_percentage(root.gate)

    @computed(description="What control serves in the gate.", only=["state__value"], select_related=["state"])
    @staticmethod
    def control_value(root: models.Rollout) -> FlagValue:
        return root.state.value

    @computed(
        list[Allocation],
        description="The split: each option's share of those in the gate. An option that is not here has none.",
        only=["state__id"],
        select_related=["state"],
        prefetch_related=["state__allocations__option"],
    )
    @staticmethod
    def multivariate_values(root: models.Rollout) -> QuerySet[flags.Allocation]:
        return root.state.allocations.all()

    @computed(
        description="The share of control: what the options leave.",
        only=["state__id"],
        select_related=["state"],
        prefetch_related=["state__allocations__option"],
    )
    @staticmethod
    def control_percentage(root: models.Rollout) -> Percentage:
        return root.state.control_share


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
    rollout: ExperimentRollout | None = field(description="Gate and split; null until they are set.")

    @computed(description="Who created the experiment.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Experiment) -> ChangeAuthor:
        return change_author(root)

    @computed(description="What completion did; null until the experiment is completed.", only=["receipt"])
    @staticmethod
    def receipt(root: models.Experiment) -> CompletionReceipt | None:
        return receipt_of(root.receipt) if root.receipt else None


@strawberry.type(description="How many experiments have a status.")
class StatusCount:
    status: models.Status = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many experiments have it.")
