"""Mutations that take an experiment from one status to another."""

from typing import Annotated

import strawberry
from strawberry import Info

from server.experimentation.services.complete_experiment import complete_experiment
from server.experimentation.services.pause_experiment import pause_experiment
from server.experimentation.services.revert_completion import revert_completion
from server.experimentation.services.start_experiment import start_experiment
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import Answer, DryRun, ExperimentId, experiment_mutation
from server.schema.experimentation.inputs import CompletionDecision
from server.schema.ids import decode_id


@strawberry.type
class TransitionMutations:
    @experiment_mutation(
        "StartExperimentResult",
        description=(
            "Start a draft, or resume a paused experiment: the gate opens, and its units get the split. The first "
            "phase opens; resuming goes on in the open one, or opens the next where an edit means something else to "
            "its units."
        ),
    )
    def start_experiment(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return start_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "PauseExperimentResult",
        description=(
            "Pause a running experiment: the gate closes, and everyone gets what the flag serves without it. Scheduled "
            "ramps stay: one whose time comes while it is paused is skipped, and those after a resume happen."
        ),
    )
    def pause_experiment(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return pause_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "CompleteExperimentResult",
        description=(
            "Complete a running or paused experiment: its decision is applied to the flag, and its override ends. "
            "Plain overrides stand. The receipt says what the flag served before and serves since."
        ),
    )
    def complete_experiment(
        self,
        info: Info,
        experiment_id: ExperimentId,
        decision: Annotated[CompletionDecision, strawberry.argument(description="What becomes of the flag.")],
        dry_run: DryRun = False,
    ) -> Answer:
        return complete_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            decision=decision.request(),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "RevertCompletionResult",
        description=(
            "Put back what a completion changed, as its receipt says, and leave the experiment paused, without a "
            "receipt: the audit log keeps it. Refused as `NOT_REVERTIBLE`, with everything that is in the way, where "
            "what it would overwrite has changed since."
        ),
    )
    def revert_completion(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return revert_completion(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )
