"""What clients say about features and segments, and the services' requests that it becomes."""

from typing import Any

import strawberry
from strawberry import ID

from server.evaluation.percentages import BasisPoints
from server.evaluation.rules import Operator, RuleType
from server.features.models import ValueType
from server.features.options import NewOption
from server.schema.given import changed, each, given, or_default
from server.schema.ids import decode_id
from server.schema.scalars import FlagValue, Percentage
from server.versioning.feature_changes import FeatureChange, OptionChange
from server.versioning.services.create_feature import NewFeature

KEY_RULE = "A letter, then letters, digits, “_”, “.” and “-”: at most 150"


@strawberry.input(description="An option that is to be added.")
class MultivariateOptionInput:
    key: str = strawberry.field(description=f"{KEY_RULE}, unique among the feature's; `control` is reserved.")
    value: FlagValue | None = strawberry.field(description="What a unit with the option is served; never null.")
    default_percentage: Percentage | None = strawberry.field(
        default=None, description="The share that the option gets in flags that are made from now on; else 0."
    )

    def request(self) -> NewOption:
        """The option as the services ask for it."""
        return NewOption(self.key, self.value, BasisPoints(or_default(self.default_percentage, Percentage(0))))


@strawberry.input(description="A feature that is to be created.")
class CreateFeatureInput:
    project_id: ID = strawberry.field(description="Whose feature it is.")
    key: str = strawberry.field(description=f"{KEY_RULE}, unique in the project; it never changes.")
    value_type: ValueType = strawberry.field(description="What every value of the feature is.")
    value: FlagValue | None = strawberry.field(description="The default value; never null.")
    description: str | None = strawberry.field(
        default=None, description="What the feature is for: at most 2,000 characters."
    )
    server_only: bool | None = strawberry.field(
        default=False, description="Whether client-side applications never learn of the feature."
    )
    options: list[MultivariateOptionInput] | None = strawberry.field(
        default=None, description="The alternatives to control: at most 100."
    )

    def request(self) -> NewFeature:
        """The feature as the services ask for it."""
        return NewFeature(
            project_id=decode_id(self.project_id, "Project"),
            key=self.key,
            value_type=self.value_type,
            value=self.value,
            description=or_default(self.description, ""),
            server_only=or_default(self.server_only, False),
            options=each(self.options, lambda option: option.request()),
        )


@strawberry.input(description="What changes in an option; what is left out stays.")
class UpdateOptionInput:
    option_id: ID = strawberry.field(description="The option.")
    key: str | None = strawberry.field(default=strawberry.UNSET, description=f"{KEY_RULE}.")
    value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET, description="What a unit with the option is served; never null."
    )
    default_percentage: Percentage | None = strawberry.field(
        default=strawberry.UNSET, description="The share that it gets in flags that are made from now on."
    )

    def change(self) -> OptionChange:
        """The change as the services ask for it."""
        return OptionChange(
            option_id=decode_id(self.option_id, "MultivariateOption"),
            key=changed(self.key),
            value=given(self.value),
            default_allocation=changed(self.default_percentage),
        )


@strawberry.input(description="What changes in a feature; what is left out stays.")
class UpdateFeatureInput:
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the feature is for: at most 2,000 characters."
    )
    server_only: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether client-side applications never learn of the feature."
    )
    archived: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the feature is archived. It goes on being served."
    )
    value_type: ValueType | None = strawberry.field(
        default=strawberry.UNSET, description="Another type: every value that is there has to fit it."
    )
    value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET,
        description="The default value: what a flag that is off serves, and what new environments start with.",
    )
    add_options: list[MultivariateOptionInput] | None = strawberry.field(default=None, description="Options to add.")
    update_options: list[UpdateOptionInput] | None = strawberry.field(default=None, description="Options to change.")
    remove_options: list[ID] | None = strawberry.field(
        default=None, description="Options to remove: none that a flag gives a share."
    )

    def change(self) -> FeatureChange:
        """The change as the services ask for it."""
        return FeatureChange(
            description=changed(self.description),
            server_only=changed(self.server_only),
            archived=changed(self.archived),
            value_type=changed(self.value_type),
            value=given(self.value),
            add_options=each(self.add_options, lambda option: option.request()),
            update_options=each(self.update_options, lambda option: option.change()),
            remove_options=each(self.remove_options, lambda gid: decode_id(gid, "MultivariateOption")),
        )


@strawberry.input(description="One look at one trait of a unit.")
class SegmentConditionInput:
    operator: Operator = strawberry.field(description="How the trait is looked at.")
    trait: str | None = strawberry.field(
        default=None, description="The trait's name; left out, a percentage split is by the targeting key."
    )
    value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET, description="What the trait is compared with, as the operator wants it."
    )
    percentage: Percentage | None = strawberry.field(
        default=None, description="The share of a percentage split; for no other operator."
    )
    salt: str | None = strawberry.field(
        default=None,
        description="The salt of a percentage split that is there; left out, it has one of its own.",
    )

    def document(self) -> dict[str, Any]:
        """The condition in the rule language's form."""
        document: dict[str, Any] = {"operator": self.operator.value, "trait": self.trait}
        if self.value is not strawberry.UNSET:
            document["value"] = self.value
        if self.percentage is not None:
            document["percentage"] = self.percentage
        if self.salt is not None:
            document["salt"] = self.salt
        return document


@strawberry.input(description="Conditions and further rules, and how many of them have to match.")
class SegmentRuleInput:
    type: RuleType = strawberry.field(description="How many parts have to match.")
    conditions: list[SegmentConditionInput] | None = strawberry.field(default=None, description="Conditions.")
    rules: list["SegmentRuleInput"] | None = strawberry.field(
        default=None,
        description="Rules inside this one; a segment has at most five levels, and 100 parts in all.",
    )

    def document(self) -> dict[str, Any]:
        """The rule in the rule language's form."""
        return {
            "type": self.type.value,
            "conditions": [condition.document() for condition in or_default(self.conditions, [])],
            "rules": [rule.document() for rule in or_default(self.rules, [])],
        }


@strawberry.input(description="A segment that is to be created.")
class CreateSegmentInput:
    project_id: ID = strawberry.field(description="Whose segment it is.")
    name: str = strawberry.field(description="The segment's name, unique in the project: at most 200 characters.")
    rules: SegmentRuleInput = strawberry.field(description="Whom the segment matches.")
    description: str | None = strawberry.field(
        default=None, description="Whom the segment is meant to describe: at most 2,000 characters."
    )


@strawberry.input(description="What changes in a segment; what is left out stays.")
class UpdateSegmentInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The segment's name: at most 200 characters."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whom the segment is meant to describe."
    )
    rules: SegmentRuleInput | None = strawberry.field(default=None, description="Whom the segment matches.")
