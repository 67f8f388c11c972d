"""Computations of results in the API, without what they have found; and how far an experiment's results are."""

from datetime import datetime
from typing import cast

import strawberry
import strawberry_django
from strawberry.scalars import JSON

import server.schema.experimentation.results.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.models import ComputationStatus
from server.experimentation.results.shown import Standing, standing_of, state_of
from server.schema.fields import computed, field
from server.schema.nodes import Node
from server.schema.scalars import Count

ATTEMPT = ["number", "status", "as_of", "finished_at", "is_final", "failure_code", "failure_message"]
"""The columns of a computation that say what became of it."""


@strawberry.type(description="Why a computation failed.")
class ComputationFailure:
    code: str = strawberry.field(
        description=(
            "For programs: `WAREHOUSE_UNAVAILABLE` where the warehouse could not be asked, `INTERNAL` for a fault of "
            "ours, which the server's log has."
        )
    )
    message: str = strawberry.field(description="For people.")


@strawberry.type(description="What a computation was made from.")
class ComputationInputs:
    phases: list[int] = strawberry.field(description="The numbers of the phases that there were.")
    waiting_events: Count = strawberry.field(
        description="How many accepted events of the environment were not in the warehouse yet."
    )
    warehouse: JSON = strawberry.field(
        description="What of the warehouse was read, in its own words: the files, or the state of the tables."
    )


def inputs_of(computation: models.Computation) -> ComputationInputs:
    """The stored inputs as the API tells them; a computation that failed early has not got to the warehouse."""
    stored = computation.inputs
    return ComputationInputs(
        phases=stored.get("phases", []),
        waiting_events=stored.get("waitingEvents", 0),
        warehouse=cast(JSON, stored.get("warehouse", {})),
    )


def failure_of(computation: models.Computation) -> ComputationFailure | None:
    """Why it failed, if it did."""
    if computation.status != ComputationStatus.FAILED:
        return None
    return ComputationFailure(code=computation.failure_code, message=computation.failure_message)


@strawberry_django.type(
    models.Computation, description="One computation of an experiment's results, whatever became of it. Never changes."
)
class Computation(Node):
    number: int = field(description="1 for the experiment's first computation, and one more with every new one.")
    status: ComputationStatus = field(description="What became of it.")
    trigger: models.Trigger = field(description="Why it was made.")
    as_of: datetime = field(description="It counts what had happened by then.")
    started_at: datetime = field(description="When it began.")
    finished_at: datetime = field(description="When it ended.")
    is_final: bool = field(description="Whether it is the last one of a completed experiment.")

    @computed(description="Which engine counted, with its version; empty where none was reached.", only=["engine"])
    @staticmethod
    def engine(root: models.Computation) -> str:
        return root.engine

    @computed(description="Why it failed; null where it was done.", only=["status", "failure_code", "failure_message"])
    @staticmethod
    def failure(root: models.Computation) -> ComputationFailure | None:
        return failure_of(root)

    @computed(description="What it was made from.", only=["inputs"])
    @staticmethod
    def inputs(root: models.Computation) -> ComputationInputs:
        return inputs_of(root)


@strawberry.type(description="The last try to compute an experiment's results, whatever became of it.")
class ComputationAttempt:
    number: int = strawberry.field(description="The number of the computation.")
    at: datetime = strawberry.field(description="When it ended.")
    failed: bool = strawberry.field(description="Whether it failed: then the results of one before it are shown on.")
    failure: ComputationFailure | None = strawberry.field(description="Why it failed; null where it was done.")


@strawberry.type(description="How far the results of an experiment are, and when there are newer ones.")
class ExperimentResultsState:
    standing: Standing = strawberry.field(description="How they stand: why there are none, or no newer ones.")
    last_attempt: ComputationAttempt | None = strawberry.field(
        description="The last computation, whatever became of it; null before the first has ended."
    )
    next_due_at: datetime | None = strawberry.field(
        description="When the next computation is due; null where none is: before the start, and after the last."
    )
    requested_at: datetime | None = strawberry.field(
        description="When somebody asked for a computation that has not begun yet; null where nobody waits."
    )


def results_state_of(experiment: models.Experiment) -> ExperimentResultsState:
    """How far an experiment's results are, as the API tells it."""
    state = state_of(experiment)
    latest = state.latest if state else None
    return ExperimentResultsState(
        standing=standing_of(experiment),
        last_attempt=None if latest is None else _attempt(latest),
        next_due_at=state.due_at if state else None,
        requested_at=state.requested_at if state else None,
    )


def _attempt(latest: models.Computation) -> ComputationAttempt:
    return ComputationAttempt(
        number=latest.number,
        at=latest.finished_at,
        failed=latest.status == ComputationStatus.FAILED,
        failure=failure_of(latest),
    )
