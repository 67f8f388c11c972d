"""Experiments and their rollouts in the API."""

from datetime import datetime

import strawberry
import strawberry_django

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
from server.schema.versioning.states import of_shares, of_state
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
