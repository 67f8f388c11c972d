"""What clients say about flags, and the change sets that it becomes."""

import strawberry
from strawberry import ID

from server.evaluation.percentages import BasisPoints
from server.schema.given import changed, each, given
from server.schema.ids import decode_id
from server.schema.scalars import FlagValue, Percentage
from server.versioning.change_sets import (
    After,
    AllocationChange,
    AtPriority,
    Before,
    FlagChangeSet,
    Place,
    SegmentOverrideChangeSet,
    StateChange,
)


@strawberry.input(description="The share that one option gets.")
class AllocationInput:
    option_id: ID = strawberry.field(description="The option.")
    percentage: Percentage = strawberry.field(description="Its share; 0 takes it away.")

    def change(self) -> AllocationChange:
        """The share as the services ask for it."""
        return AllocationChange(decode_id(self.option_id, "MultivariateOption"), BasisPoints(self.percentage))


@strawberry.input(description="What changes in a flag's default; what is left out stays.")
class FlagDefaultInput:
    enabled: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether the flag is on.")
    value: FlagValue | None = strawberry.field(default=strawberry.UNSET, description="What control serves; never null.")
    allocations: list[AllocationInput] | None = strawberry.field(
        default=None, description="Shares of options: those that are named change, the others keep theirs."
    )

    def change(self) -> StateChange:
        """The change as the services ask for it."""
        return _state_change(self)


@strawberry.input(description="Where an override stands. Exactly one of these.", one_of=True)
class OverridePlaceInput:
    before: ID | None = strawberry.field(
        default=strawberry.UNSET, description="Ahead of the override for this segment."
    )
    after: ID | None = strawberry.field(
        default=strawberry.UNSET, description="Right behind the override for this segment."
    )
    priority: int | None = strawberry.field(
        default=strawberry.UNSET, description="At this place among the overrides: 1 is looked at first."
    )

    def place(self) -> Place:
        """The place as the services ask for it."""
        if self.before is not strawberry.UNSET and self.before is not None:
            return Before(decode_id(self.before, "Segment"))
        if self.after is not strawberry.UNSET and self.after is not None:
            return After(decode_id(self.after, "Segment"))
        return AtPriority(self.priority or 0)


@strawberry.input(description="What changes in the override for one segment: it is added where there is none.")
class SegmentOverrideInput:
    segment_id: ID = strawberry.field(description="Whom the override is for.")
    enabled: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the flag is on for the segment; a new override's is."
    )
    value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET,
        description="What control serves to the segment; a new override starts with the default's value.",
    )
    allocations: list[AllocationInput] | None = strawberry.field(
        default=None, description="Shares of options: those that are named change, the others keep theirs."
    )
    place: OverridePlaceInput | None = strawberry.field(
        default=None,
        description="Where it stands; left out, it stays, and a new one goes behind the other plain overrides.",
    )
    remove: bool = strawberry.field(default=False, description="Take the override away; nothing else, then.")

    def change(self) -> SegmentOverrideChangeSet:
        """The change as the services ask for it."""
        return SegmentOverrideChangeSet(
            segment_id=decode_id(self.segment_id, "Segment"),
            change=_state_change(self),
            place=self.place.place() if self.place else None,
            remove=self.remove,
        )


@strawberry.input(description="A flag, and what changes in it.")
class UpdateFlagInput:
    environment_id: ID = strawberry.field(description="The flag's environment.")
    feature_id: ID = strawberry.field(description="The flag's feature.")
    default: FlagDefaultInput | None = strawberry.field(default=None, description="What changes in the default.")
    overrides: list[SegmentOverrideInput] | None = strawberry.field(
        default=None, description="What changes in overrides, one after the other; each segment at most once."
    )

    def change_set(self) -> FlagChangeSet:
        """The change as the services ask for it."""
        return FlagChangeSet(
            default=self.default.change() if self.default else None,
            overrides=each(self.overrides, lambda override: override.change()),
        )


def _state_change(given_input: FlagDefaultInput | SegmentOverrideInput) -> StateChange:
    return StateChange(
        enabled=changed(given_input.enabled),
        value=given(given_input.value),
        allocations=each(given_input.allocations, lambda allocation: allocation.change()),
    )
