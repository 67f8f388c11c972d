"""A/A replays of experiments in the API, read from what each has stored."""

from datetime import datetime

import strawberry
import strawberry_django

import server.schema.experimentation.replays.enums  # noqa: F401 - the enums, before the types that use them
from server.experimentation import models
from server.experimentation.results.replays_shown import ReplayStatus, document_of, status_of
from server.schema.authors import AUTHOR_COLUMNS, ChangeAuthor, change_author
from server.schema.experimentation.metrics.plans import Plan
from server.schema.experimentation.replays.outcomes import AAReplayOutcome, outcome_of
from server.schema.experimentation.results.planned import figures_with_metrics, planned_by_version
from server.schema.fields import computed, field
from server.schema.nodes import Node

ENDED = ["finished_at", "failure_code"]
"""The columns that say how far a replay is."""


@strawberry.type(description="Why an A/A replay was not carried out.")
class AAReplayFailure:
    code: str = strawberry.field(
        description=(
            "For programs: `NO_PLAN` where there was no metric, `WAREHOUSE_UNAVAILABLE` where the warehouse could not "
            "be asked, `GIVEN_UP` where workers were lost with it or its job failed, `INTERNAL` for a fault of ours. "
            "The server's log says more of the last two."
        )
    )
    message: str = strawberry.field(description="For people.")


_FOUND = figures_with_metrics("outcome", "metrics")
_FOUND["only"] = [*_FOUND["only"], *ENDED, "runs"]


@strawberry_django.type(
    models.Replay,
    name="AAReplay",
    description=(
        "An A/A replay: the units of an experiment, dealt anew at random, many times. Whatever the dealt variants "
        "differ in is chance, so it shows the rate of false positives that the plan's own metrics have."
    ),
)
class AAReplay(Node):
    runs: int = field(description="How often the units are dealt anew.")
    requested_at: datetime = field(description="When it was asked for.")
    finished_at: datetime | None = field(description="When it ended, well or not; null while it is to come.")
    plan: Plan | None = field(description="The plan whose metrics are tested; null until it has been carried out.")

    @computed(description="How far it is.", only=ENDED)
    @staticmethod
    def status(root: models.Replay) -> ReplayStatus:
        return status_of(root)

    @computed(
        description="What units are dealt by, as a whole number: the same one deals the same units the same way.",
        only=["seed"],
    )
    @staticmethod
    def seed(root: models.Replay) -> str:
        return str(root.seed)

    @computed(description="Which engine counted, with its version; empty where none was reached yet.", only=["engine"])
    @staticmethod
    def engine(root: models.Replay) -> str:
        return root.engine

    @computed(description="Why it was not carried out; null unless it failed.", only=[*ENDED, "failure_message"])
    @staticmethod
    def failure(root: models.Replay) -> AAReplayFailure | None:
        if status_of(root) is not ReplayStatus.FAILED:
            return None
        return AAReplayFailure(code=root.failure_code, message=root.failure_message)

    @computed(description="What it has found; null until it is done, and where it failed.", **_FOUND)
    @staticmethod
    def outcome(root: models.Replay) -> AAReplayOutcome | None:
        found = document_of(root)
        return None if found is None else outcome_of(found, root.runs, planned_by_version(root, "outcome"))

    @computed(description="Who asked for it.", only=AUTHOR_COLUMNS)
    @staticmethod
    def author(root: models.Replay) -> ChangeAuthor:
        return change_author(root)
