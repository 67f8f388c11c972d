"""What clients say about experiments, and the services' requests that it becomes."""

from datetime import datetime

import strawberry

from server.evaluation.percentages import BasisPoints
from server.experimentation.completion import Decision, DecisionKind
from server.experimentation.ramps import Ramp
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.create_experiment import NewExperiment
from server.experimentation.services.duplicate_experiment import Duplicate
from server.schema.given import given, or_default
from server.schema.ids import decode_id
from server.schema.narrowing import key_of
from server.schema.scalars import FlagValue, Percentage
from server.unset import UNSET
from server.versioning.change_sets import AllocationChange


@strawberry.input(description="An option's share of those in the gate.")
class MultivariateValueInput:
    option_id: strawberry.ID = strawberry.field(description="One of the feature's options; each at most once.")
    percentage: Percentage = strawberry.field(description="Its share; all together at most 100.")

    def request(self) -> AllocationChange:
        """The share as the services ask for it."""
        option_id = decode_id(self.option_id, "MultivariateOption")
        return AllocationChange(option_id, BasisPoints(self.percentage))


@strawberry.input(description="Who takes part, and how those who do are divided.")
class ExperimentRolloutInput:
    percentage: Percentage = strawberry.field(description="The gate: the share of the units that takes part.")
    multivariate_values: list[MultivariateValueInput] = strawberry.field(
        description=(
            "The split. It is complete: an option that is not named gets nothing, control gets what the options "
            "leave, and an empty list gives everyone in the gate control."
        )
    )
    enabled: bool | None = strawberry.field(default=True, description="Whether the flag is on for those in the gate.")
    control_value: FlagValue | None = strawberry.field(
        default=strawberry.UNSET,
        description="What control serves in the gate; left out, the value that the flag serves by default, copied now.",
    )
    priority: int | None = strawberry.field(
        default=None,
        description=(
            "The override's place among the flag's, 1 first. Left out: behind the plain overrides, "
            "or where the rollout is already."
        ),
    )

    def request(self) -> RolloutRequest:
        """The rollout as the services ask for it."""
        return RolloutRequest(
            percentage=BasisPoints(self.percentage),
            split=tuple(value.request() for value in self.multivariate_values),
            enabled=or_default(self.enabled, True),
            control_value=given(self.control_value),
            priority=self.priority,
        )


@strawberry.input(description="An experiment that is to be created, as a draft.")
class CreateExperimentInput:
    environment_id: strawberry.ID = strawberry.field(description="Where: an environment of the feature's project.")
    feature_id: strawberry.ID = strawberry.field(
        description="On what: a multivariate feature that is not archived and has no other active experiment here."
    )
    name: str = strawberry.field(description="The experiment's name: at most 200 characters.")
    key: str | None = strawberry.field(
        default=None,
        description=(
            "The experiment's key, unique in the environment: letters, digits, “_”, “.” and “-”, at most 150. "
            "Left out, it is made from the name."
        ),
    )
    hypothesis: str | None = strawberry.field(
        default=None, description="What is expected, and why: at most 5,000 characters; may be empty."
    )
    audience_id: strawberry.ID | None = strawberry.field(
        default=None, description="The segment of those who may take part at all; left out, everyone may."
    )

    def request(self) -> NewExperiment:
        """The experiment as the services ask for it."""
        return NewExperiment(
            environment_id=decode_id(self.environment_id, "Environment"),
            feature_id=decode_id(self.feature_id, "Feature"),
            name=self.name,
            key=self.key,
            hypothesis=or_default(self.hypothesis, ""),
            audience_id=key_of(self.audience_id, "Segment"),
        )


@strawberry.input(description="Who may take part in an experiment at all. Exactly one of these.", one_of=True)
class AudienceInput:
    segment_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those in this segment, by the rules that it has now; of a draft, by those when it starts.",
    )
    everyone: bool | None = strawberry.field(default=strawberry.UNSET, description="Only `true`: everyone.")

    @property
    def key(self) -> int | None:
        """The segment's key; None for everyone."""
        return None if given(self.segment_id) is UNSET else key_of(self.segment_id, "Segment")

    @property
    def affirmed(self) -> bool:
        """Whether everyone is what was meant; a no decides nothing."""
        return self.everyone is not False


@strawberry.input(description="What changes in an experiment; what is left out stays.")
class UpdateExperimentInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The experiment's name: at most 200 characters."
    )
    hypothesis: str | None = strawberry.field(
        default=strawberry.UNSET, description="What is expected, and why: at most 5,000 characters."
    )
    audience: AudienceInput | None = strawberry.field(
        default=None, description="Who may take part at all; while the experiment runs, it stays as it is."
    )


@strawberry.input(description="What becomes of the flag. Exactly one of these.", one_of=True)
class CompletionDecision:
    keep_control: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Only `true`: the flag serves the rollout's control value to everyone, and is on. Plain overrides stand, "
            "and still come first for their units."
        ),
    )
    ship_to_everyone: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The flag serves this option to everyone, and is on. Plain overrides stand, and still come first for "
            "their units."
        ),
    )
    ship_to_gate: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those in the gate go on with this option: by a plain override, for an ordinary segment.",
    )

    def request(self) -> Decision:
        """The decision as the services ask for it."""
        keep_control, everyone, gate = map(given, (self.keep_control, self.ship_to_everyone, self.ship_to_gate))
        if keep_control is not UNSET:
            return Decision(DecisionKind.KEEP_CONTROL, affirmed=keep_control)
        if everyone is not UNSET:
            return Decision(DecisionKind.SHIP_TO_EVERYONE, decode_id(everyone, "MultivariateOption"))
        return Decision(DecisionKind.SHIP_TO_GATE, decode_id(gate, "MultivariateOption"))


@strawberry.input(description="A widening of the gate at a time.")
class ScheduledRampInput:
    percentage: Percentage = strawberry.field(description="The gate to widen to: above that of the ramp before it.")
    at: datetime = strawberry.field(description="When: after the ramp before it, and not in the past.")

    def ramp(self) -> Ramp:
        """The ramp as the services ask for it."""
        return Ramp(BasisPoints(self.percentage), self.at)


@strawberry.input(description="What is to differ from the experiment that is duplicated.")
class DuplicateExperimentInput:
    name: str | None = strawberry.field(
        default=None, description="The copy's name; left out, the original's, and that it is a copy."
    )
    key: str | None = strawberry.field(
        default=None, description="The copy's key, unique in the environment; left out, it is made from the name."
    )
    environment_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where: an environment of the same project; left out, the original's."
    )

    def request(self) -> Duplicate:
        """The copy as the services ask for it."""
        return Duplicate(
            name=or_default(self.name, None),
            key=or_default(self.key, None),
            environment_id=key_of(self.environment_id, "Environment"),
        )
