"""Events as clients of GraphQL write them, and as applications would send them over HTTP. Checks nothing."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from server.events.lines import LONGEST_ID, LONGEST_NAME, LONGEST_TARGETING_KEY
from server.events.properties import MOST_PROPERTIES
from server.schema.exact import plain

ID_OF_EVENT = f"The event's id, of the sender's making: at most {LONGEST_ID} characters. Sent again, it counts once."
WHO = f"The unit: at most {LONGEST_TARGETING_KEY} characters."
WHEN = "When it happened; left out, now."
MORE = f"More about it, by name: at most {MOST_PROPERTIES} texts, numbers and booleans."


@strawberry.input(description="That a unit met a variant: what its evaluation returned, sent back.")
class ExposureInput:
    id: str = strawberry.field(description=ID_OF_EVENT)
    targeting_key: str = strawberry.field(description=WHO)
    time: datetime | None = strawberry.field(default=None, description=WHEN)
    flag: str = strawberry.field(description="The feature's key.")
    variant: str = strawberry.field(description="The variant that the evaluation returned.")
    experiment: str | None = strawberry.field(
        default=None, description="The experiment's key, from the evaluation's metadata."
    )
    phase: int | None = strawberry.field(default=None, description="The phase, from the evaluation's metadata.")
    in_experiment: bool | None = strawberry.field(
        default=None, description="Whether the unit takes part, from the evaluation's metadata."
    )
    properties: JSON | None = strawberry.field(default=None, description=MORE)

    def document(self) -> dict[str, Any]:
        """The exposure as JSON has it."""
        said = {"flag": self.flag, "variant": self.variant, "experiment": self.experiment, "phase": self.phase}
        return _document("exposure", self, said | {"inExperiment": self.in_experiment})


@strawberry.input(description="Something that a unit did, which metrics may count.")
class MetricEventInput:
    id: str = strawberry.field(description=ID_OF_EVENT)
    targeting_key: str = strawberry.field(description=WHO)
    time: datetime | None = strawberry.field(default=None, description=WHEN)
    name: str = strawberry.field(description=f"What happened: at most {LONGEST_NAME} characters.")
    value: float | None = strawberry.field(default=None, description="How much, where that means something.")
    properties: JSON | None = strawberry.field(default=None, description=MORE)

    def document(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return _document("event", self, {"name": self.name, "value": self.value})


@strawberry.input(description="An event. Exactly one of these.", one_of=True)
class EventInput:
    exposure: ExposureInput | None = strawberry.field(
        default=strawberry.UNSET, description="That a unit met a variant."
    )
    event: MetricEventInput | None = strawberry.field(
        default=strawberry.UNSET, description="Something that a unit did."
    )

    def document(self) -> dict[str, Any]:
        """What was given, as JSON has it."""
        given = self.exposure or self.event
        assert given, "the API takes exactly one of them"
        return given.document()


def _document(kind: str, given: ExposureInput | MetricEventInput, said: dict[str, Any]) -> dict[str, Any]:
    time = None if given.time is None else given.time.isoformat()
    said = said | {"id": given.id, "targetingKey": given.targeting_key, "time": time, "properties": given.properties}
    return {"type": kind, **plain({name: value for name, value in said.items() if value is not None})}
