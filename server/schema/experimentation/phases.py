"""Phases of experiments, what happened to them, and scheduled ramps, in the API."""

from datetime import datetime

import strawberry
import strawberry_django

from server.experimentation import models
from server.experimentation.phase_selectors import widest_percentage
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.connections import Connection, connection
from server.schema.experimentation.phase_lists import phase_steps
from server.schema.features.types import Segment, SegmentVersion
from server.schema.fields import computed, field
from server.schema.ids import encode_id
from server.schema.nodes import Node
from server.schema.scalars import FlagValue, Percentage
from server.schema.versioning.maps import BucketMap
from server.schema.versioning.types import FlagVersion


@strawberry.type(
    description="An option's share of those in the gate, with its value, as they were when a phase opened."
)
class PhaseOption:
    option_id: strawberry.ID = strawberry.field(description="The option's id.")
    option_key: str = strawberry.field(description="The option's key.")
    value: FlagValue = strawberry.field(description="What the option served.")
    percentage: Percentage = strawberry.field(description="Its share; control has what the options leave.")


@strawberry_django.type(models.PhaseStep, description="Something that happened to a phase. Never changes.")
class PhaseStep(Node):
    kind: models.StepKind = field(description="What happened.")
    at: datetime = field(description="When.")
    percentage: Percentage = field(description="The gate from then on: 0 when it is closed.")

    @computed(description="Who did it.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.PhaseStep) -> ChangeAuthor:
        return change_author(root)


@strawberry_django.type(
    models.Phase,
    description=(
        "A stretch of an experiment in which split, audience and values mean the same: results are per phase. "
        "What it holds was true when it opened, and never changes."
    ),
)
class Phase(Node):
    number: int = field(description="1 for the experiment's first phase, and one more with every new one.")
    opened_at: datetime = field(description="When the phase opened.")
    closed_at: datetime | None = field(description="When the phase ended; null while it goes on, paused or not.")
    opening_percentage: Percentage = field(
        field_name="percentage",
        description="The gate when the phase opened; the rollout's `percentage` is the one that it has now.",
    )
    widest_percentage: Percentage = field(
        field_name="widest",
        annotate={"widest": widest_percentage()},
        description="The widest that the gate has been since.",
    )
    enabled: bool = field(description="Whether the flag was on for those in the gate.")
    control_value: FlagValue = field(description="What control served.")
    gate_salt: str = field(description="The salt by which units were dealt into the gate.")
    split_salt: str = field(description="The salt by which those in the gate were dealt to the variants.")
    audience: Segment | None = field(
        field_name="audience__segment",
        select_related=["audience"],
        description="Who could take part at all; null for everyone.",
    )
    audience_version: SegmentVersion | None = field(
        field_name="audience", description="The rules of the audience; null for everyone."
    )
    bucket_map: BucketMap | None = field(
        description="Which variant had which bucket; null where control had everything."
    )
    flag_version: FlagVersion = field(description="Where the phase came from: nothing is read from it any more.")
    steps: Connection[PhaseStep] = connection(narrow=phase_steps, description="What happened to the phase.")

    @computed(description="The split: the options that had a share, at most 100. Control had the rest.", only=["arms"])
    @staticmethod
    def multivariate_values(root: models.Phase) -> list[PhaseOption]:
        return [
            PhaseOption(
                option_id=encode_id("MultivariateOption", arm["optionId"]),
                option_key=arm["key"],
                value=arm["value"],
                percentage=Percentage(arm["basisPoints"]),
            )
            for arm in root.arms
        ]

    @computed(description="The share of control: what the options left.", only=["arms"])
    @staticmethod
    def control_percentage(root: models.Phase) -> Percentage:
        return root.control_share

    @computed(description="Who opened the phase.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Phase) -> ChangeAuthor:
        return change_author(root)


@strawberry_django.type(
    models.ScheduledRamp, description="A widening of the gate that is to happen at a time, or what became of it."
)
class ScheduledRamp(Node):
    percentage: Percentage = field(description="The gate that it widens to.")
    at: datetime = field(field_name="due_at", description="When it is to happen.")
    status: models.RampStatus = field(description="What became of it.")
    created_at: datetime = field(description="When it was scheduled.")
    settled_at: datetime | None = field(
        description="When it was carried out, skipped or cancelled; null while it is pending."
    )

    @computed(
        description=(
            "The code of the refusal for which it was skipped, else null: `ILLEGAL_TRANSITION` where the experiment "
            "did not run at that time (it was paused, or a draft), `NOT_WIDER` where the gate was as wide already."
        ),
        only=["reason"],
    )
    @staticmethod
    def reason(root: models.ScheduledRamp) -> str | None:
        return root.reason or None

    @computed(description="Who scheduled it.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.ScheduledRamp) -> ChangeAuthor:
        return change_author(root)
