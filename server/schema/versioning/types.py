"""Flags, their versions and states in the API."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django

from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.connections import Connection, connection
from server.schema.experimentation.lists import experiments
from server.schema.features.types import Feature, MultivariateOption, Segment
from server.schema.fields import computed, field, list_field
from server.schema.nodes import Node
from server.schema.projects.types import Environment
from server.schema.scalars import FlagValue, Percentage
from server.schema.versioning.identities import IdentityOverride
from server.schema.versioning.lists import flag_versions, identity_overrides
from server.schema.versioning.maps import BucketMap
from server.schema.versioning.states import of_map, of_shares, of_state
from server.versioning import models
from server.versioning.apply import MAX_OVERRIDES

if TYPE_CHECKING:
    from server.schema.experimentation.types import Experiment


@strawberry_django.type(models.Allocation, description="An option's share of the units that a flag state applies to.")
class Allocation:
    option: MultivariateOption = field(description="The option.")
    percentage: Percentage = field(field_name="share", description="Its share; control has what the options leave.")


@strawberry_django.type(
    models.Placement,
    name="FlagState",
    description="What a flag serves by default, or to the units of one segment: then it is an override.",
)
class FlagState:
    segment: Segment | None = field(description="Whom the override is for; null for the default.")
    priority: int | None = field(
        description="The override's place: 1 is looked at first. The default has none: it comes last."
    )

    enabled: bool = of_state(
        bool,
        lambda state: state.enabled,
        "enabled",
        description="Whether the flag is on; when it is off, units get the feature's default value.",
    )
    value: FlagValue = of_state(FlagValue, lambda state: state.value, "value", description="What control serves.")
    allocations: list[Allocation] = of_shares(
        list[Allocation],
        lambda state: list(state.allocations.all()),
        description="The shares of the options; an option that is not here has none.",
    )
    control_percentage: Percentage = of_shares(
        Percentage,
        lambda state: state.control_share,
        description="The share of control: what the options leave.",
    )
    bucket_map: BucketMap | None = of_map(
        description="Which variant has which bucket; null where control has everything, and always had.",
    )


@strawberry_django.type(
    models.FlagVersion,
    description="The states that a flag has from one moment on. A sealed one never changes.",
)
class FlagVersion(Node):
    number: int = field(description="1 for the flag's first version, and one more with every new one.")
    live_from: datetime = field(description="From when on the version counted.")
    sealed_at: datetime | None = field(
        description="When the version was sealed; null for the one that a `V1` environment changes in place."
    )
    cause: models.Cause = field(description="What brought the version into being.")
    based_on: "FlagVersion | None" = field(description="The version that this one is a changed copy of.")
    flag: "Flag" = field(description="Whose version this is.")
    states: list[FlagState] = list_field(
        narrow=None,
        field_name="placements",
        description=(
            f"Overrides, at most {MAX_OVERRIDES}, in the order in which they are looked at, then the default: "
            "a list that is bounded, and comes whole."
        ),
    )

    @computed(description="Who made the version.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.FlagVersion) -> ChangeAuthor:
        return change_author(root)


@strawberry_django.type(models.Flag, description="A feature in one environment.")
class Flag(Node):
    version: int = field(
        description="Counts the flag's changes, in both versioning modes: what `expectedVersion` is compared with."
    )
    feature: Feature = field(description="The feature.")
    environment: Environment = field(description="The environment.")
    live_version: FlagVersion = field(description="The version that counts now.")
    versions: Connection[FlagVersion] = connection(
        narrow=flag_versions, description="All versions. In a `V1` environment the latest one changes in place."
    )
    identity_overrides: Connection[IdentityOverride] = connection(
        narrow=identity_overrides, description="The values that are forced on single targeting keys."
    )
    experiments: Connection[Annotated["Experiment", strawberry.lazy("server.schema.experimentation.types")]] = (
        connection(narrow=experiments, description="The experiments on this flag.")
    )

    @computed(
        description=(
            "When the flag last changed, forced values apart: when its live version was made or, in a `V1` "
            "environment, last written into."
        ),
        only=["live_version__live_from"],
        select_related=["live_version"],
    )
    @staticmethod
    def updated_at(root: models.Flag) -> datetime:
        assert root.live_version is not None  # from its first moment on
        return root.live_version.live_from
