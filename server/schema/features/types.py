"""Features, options and segments in the API."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django

from server.evaluation.rules import Operator, RuleType
from server.features import models
from server.features.options import MAX_OPTIONS
from server.features.selectors import present_options
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.connections import Connection, connection
from server.schema.experimentation.lists import experiments_on_feature
from server.schema.features.lists import segment_versions
from server.schema.fields import computed, field
from server.schema.nodes import Node
from server.schema.projects.types import Project
from server.schema.scalars import FlagValue, Percentage
from server.schema.versioning.lists import flags_of_feature

if TYPE_CHECKING:
    from server.schema.experimentation.types import Experiment
    from server.schema.versioning.types import Flag


@strawberry_django.type(
    models.Option,
    name="MultivariateOption",
    description="An alternative value of a feature, with a key of its own.",
)
class MultivariateOption(Node):
    key: str = field(description="The option's key, unique among the feature's; never `control`.")
    value: FlagValue = field(description="What a unit with this option is served.")
    default_percentage: Percentage = field(
        field_name="default_allocation",
        description="The share that the option gets in flags that are made from now on.",
    )


@strawberry_django.type(
    models.Feature,
    description="A key, a value type and a default value. With options, the feature is multivariate.",
)
class Feature(Node):
    key: str = field(description="The feature's key, unique in its project; it never changes.")
    description: str = field(description="What the feature is for.")
    value_type: models.ValueType = field(description="What every value of the feature is.")
    value: FlagValue = field(
        field_name="default_value",
        description="The feature's default value: what flags in new environments serve.",
    )
    server_only: bool = field(description="Whether client-side applications never learn of the feature.")
    created_at: datetime = field(description="When the feature was created.")
    updated_at: datetime = field(description="When the feature last changed.")
    archived_at: datetime | None = field(description="When the feature was archived; null while it is in use.")
    project: Project = field(description="Whose feature this is.")
    flags: Connection[Annotated["Flag", strawberry.lazy("server.schema.versioning.types")]] = connection(
        narrow=flags_of_feature, description="The feature's state in each environment that you may see."
    )
    experiments: Connection[Annotated["Experiment", strawberry.lazy("server.schema.experimentation.types")]] = (
        connection(narrow=experiments_on_feature, description="The experiments on the feature that you may see.")
    )

    @computed(description="Whether the feature is archived.", only=["archived_at"])
    @staticmethod
    def archived(root: models.Feature) -> bool:
        return root.archived_at is not None

    @computed(
        list[MultivariateOption],
        description=f"The alternatives to control, at most {MAX_OPTIONS}, in the order in which they were added.",
        prefetch_related=[lambda _info: present_options()],
    )
    @staticmethod
    def options(root: models.Feature) -> list[models.Option]:
        return root.present_options


@strawberry.type(description="One look at one trait of a unit.")
class SegmentCondition:
    trait: str | None = strawberry.field(
        description="The trait's name; null where a percentage split is by the targeting key."
    )
    operator: Operator = strawberry.field(description="How the trait is looked at.")
    value: FlagValue | None = strawberry.field(description="What the trait is compared with.")
    percentage: Percentage | None = strawberry.field(
        description="The share of a percentage split; null for the other operators."
    )
    salt: str | None = strawberry.field(
        description="The salt of a percentage split: who is in the share depends on it. Give it back on an edit."
    )


@strawberry.type(description="Conditions and further rules, and how many of them have to match.")
class SegmentRule:
    type: RuleType = strawberry.field(description="How many parts have to match.")
    conditions: list[SegmentCondition] = strawberry.field(description="The conditions.")
    rules: list["SegmentRule"] = strawberry.field(description="Rules inside this one, at most five levels in all.")


def rule_of(document: dict[str, Any]) -> SegmentRule:
    """Stored rules as the API tells them."""
    return SegmentRule(
        type=RuleType(document["type"]),
        conditions=[_condition(condition) for condition in document["conditions"]],
        rules=[rule_of(inner) for inner in document["rules"]],
    )


def _condition(document: dict[str, Any]) -> SegmentCondition:
    return SegmentCondition(
        trait=document.get("trait"),
        operator=Operator(document["operator"]),
        value=document.get("value"),
        percentage=document.get("percentage"),
        salt=document.get("salt"),
    )


@strawberry_django.type(
    models.SegmentVersion, description="The rules that a segment has from one moment on. Never changes."
)
class SegmentVersion(Node):
    number: int = field(description="1 for the first, and one more with every change of the rules.")
    created_at: datetime = field(description="When these rules took effect.")

    @computed(description="Who wrote the rules.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.SegmentVersion) -> ChangeAuthor:
        return change_author(root)

    @computed(description="The rules.", only=["rules"])
    @staticmethod
    def rules(root: models.SegmentVersion) -> SegmentRule:
        return rule_of(root.rules)


@strawberry_django.type(models.Segment, description="A named rule over a unit's traits.")
class Segment(Node):
    name: str = field(description="The segment's name, unique among the project's.")
    description: str = field(description="Whom the segment is meant to describe.")
    system: bool = field(
        field_name="is_system",
        description="Whether the segment belongs to an experiment, holds its gate, and changes only through it.",
    )
    open: bool = field(
        field_name="is_open",
        description="Whether the segment matches at all: that of an experiment is closed unless the experiment runs.",
    )
    created_at: datetime = field(description="When the segment was created.")
    updated_at: datetime = field(description="When the segment last changed.")
    project: Project = field(description="Whose segment this is.")
    current_version: SegmentVersion = field(field_name="current", description="The version that counts now.")
    versions: Connection[SegmentVersion] = connection(
        narrow=segment_versions, description="All versions of the segment."
    )

    @computed(description="The rules that count now.", only=["current__rules"], select_related=["current"])
    @staticmethod
    def rules(root: models.Segment) -> SegmentRule:
        return rule_of(root.current_rules)
