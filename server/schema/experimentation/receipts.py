"""The receipt of a completion in the API: stored facts, typed."""

from datetime import datetime
from typing import Any

import strawberry

from server.experimentation.completion import DecisionKind
from server.experimentation.models import Status
from server.schema.authors import ChangeAuthor, named_author
from server.schema.ids import encode_id
from server.schema.refusals import ObjectReference
from server.schema.scalars import FlagValue, Percentage


@strawberry.type(description="An option's share, as it was.")
class RecordedAllocation:
    option_id: strawberry.ID = strawberry.field(description="The option's id.")
    option_key: str = strawberry.field(description="The option's key.")
    percentage: Percentage = strawberry.field(description="Its share.")


@strawberry.type(description="A whole flag state, as it was.")
class RecordedState:
    segment: ObjectReference | None = strawberry.field(description="Whom it was for; null for the default.")
    priority: int | None = strawberry.field(description="The override's place; null for the default.")
    enabled: bool = strawberry.field(description="Whether the flag was on.")
    value: FlagValue = strawberry.field(description="What control served.")
    allocations: list[RecordedAllocation] = strawberry.field(description="The shares of the options.")


@strawberry.type(description="Everything that a flag served at one moment.")
class RecordedFlag:
    flag_version: int = strawberry.field(description="The number of the flag version.")
    default: RecordedState = strawberry.field(description="The default.")
    overrides: list[RecordedState] = strawberry.field(description="The overrides in their order.")
    gate: Percentage = strawberry.field(description="The gate of the experiment.")
    gate_open: bool = strawberry.field(description="Whether the gate's segment was open.")


@strawberry.type(description="What completing an experiment did to its flag.")
class CompletionReceipt:
    decision: DecisionKind = strawberry.field(description="What was decided.")
    option: ObjectReference | None = strawberry.field(description="The option that was shipped.")
    author: ChangeAuthor = strawberry.field(description="Who decided.")
    completed_at: datetime = strawberry.field(description="When.")
    status_before: Status = strawberry.field(description="The experiment's status before.")
    before: RecordedFlag = strawberry.field(description="Everything that the flag served before.")
    after: RecordedFlag = strawberry.field(description="Everything that the flag serves since.")
    plain_overrides: list[RecordedState] = strawberry.field(
        description="The overrides that stood before and stand since: they still come first for their units."
    )


def receipt_of(facts: dict[str, Any]) -> CompletionReceipt:
    """A stored receipt as the API tells it."""
    option, author = facts["option"], facts["author"]
    return CompletionReceipt(
        decision=DecisionKind(facts["decision"]),
        option=_reference("MultivariateOption", option["id"], option["key"]) if option else None,
        author=named_author(author["kind"], author["id"], author["name"]),
        completed_at=datetime.fromisoformat(facts["at"]),
        status_before=Status(facts["status"]),
        before=_flag(facts["before"]),
        after=_flag(facts["after"]),
        plain_overrides=[_state(state) for state in facts["plainOverrides"]],
    )


def _flag(facts: dict[str, Any]) -> RecordedFlag:
    return RecordedFlag(
        flag_version=facts["flagVersion"]["number"],
        default=_state(facts["default"]),
        overrides=[_state(state) for state in facts["overrides"]],
        gate=Percentage(facts["gate"]["basisPoints"]),
        gate_open=facts["gate"]["open"],
    )


def _state(facts: dict[str, Any]) -> RecordedState:
    segment = facts["segment"]
    return RecordedState(
        segment=_reference("Segment", segment["id"], segment["name"]) if segment else None,
        priority=facts["priority"],
        enabled=facts["enabled"],
        value=facts["value"],
        allocations=[
            RecordedAllocation(
                option_id=encode_id("MultivariateOption", share["optionId"]),
                option_key=share["key"],
                percentage=Percentage(share["basisPoints"]),
            )
            for share in facts["allocations"]
        ],
    )


def _reference(type_name: str, key: int, name: str) -> ObjectReference:
    return ObjectReference(type=type_name, id=encode_id(type_name, key), name=name)
