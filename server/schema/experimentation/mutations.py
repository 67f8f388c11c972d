"""Mutations of experiments: each makes one call to a service."""

from typing import Annotated

import strawberry
from strawberry import ID, Info

from server.experimentation import models
from server.experimentation.services.complete_experiment import complete_experiment
from server.experimentation.services.create_experiment import create_experiment
from server.experimentation.services.delete_experiment import delete_experiment
from server.experimentation.services.pause_experiment import pause_experiment
from server.experimentation.services.start_experiment import start_experiment
from server.experimentation.services.update_experiment import update_experiment
from server.experimentation.services.update_experiment_rollout import update_experiment_rollout
from server.schema.authors import author_of, now
from server.schema.experimentation.inputs import (
    CompletionDecision,
    CreateExperimentInput,
    ExperimentRolloutInput,
    UpdateExperimentInput,
)
from server.schema.experimentation.types import Experiment
from server.schema.given import changed
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result

EXPECTED_VERSION = "The version that you have seen: refused if the experiment has moved on since."
ExpectedVersion = Annotated[int | None, strawberry.argument(description=EXPECTED_VERSION)]
ExperimentId = Annotated[ID, strawberry.argument(description="The experiment.")]


@strawberry.type
class ExperimentMutations:
    @mutation(
        result("CreateExperimentResult", Experiment),
        description=(
            "Create an experiment, together with its rollout: experiment, gate, override with the split and "
            "flag version, or nothing at all. It is a draft: nobody is served anything else until it starts."
        ),
    )
    def create_experiment(
        self,
        info: Info,
        input: Annotated[CreateExperimentInput, strawberry.argument(description="The experiment.")],
        rollout: Annotated[
            ExperimentRolloutInput | None,
            strawberry.argument(description="Gate and split; they can be set later, too."),
        ] = None,
    ) -> models.Experiment:
        return create_experiment(
            request=input.request(),
            rollout=rollout.request() if rollout else None,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("UpdateExperimentResult", Experiment),
        description="Change an experiment's name or hypothesis.",
    )
    def update_experiment(
        self,
        info: Info,
        experiment_id: ExperimentId,
        input: Annotated[UpdateExperimentInput, strawberry.argument(description="What changes.")],
        expected_version: ExpectedVersion = None,
    ) -> models.Experiment:
        return update_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            name=changed(input.name),
            hypothesis=changed(input.hypothesis),
            expected_version=expected_version,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("UpdateExperimentRolloutResult", Experiment),
        description="Set gate and split together, first or again, while the experiment is a draft or paused.",
    )
    def update_experiment_rollout(
        self,
        info: Info,
        experiment_id: ExperimentId,
        rollout: Annotated[
            ExperimentRolloutInput, strawberry.argument(description="The whole rollout, as it is to be.")
        ],
        expected_version: ExpectedVersion = None,
    ) -> models.Experiment:
        return update_experiment_rollout(
            experiment_id=decode_id(experiment_id, "Experiment"),
            rollout=rollout.request(),
            expected_version=expected_version,
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("StartExperimentResult", Experiment),
        description="Start a draft, or resume a paused experiment: the gate opens, and its units get the split.",
    )
    def start_experiment(self, info: Info, experiment_id: ExperimentId) -> models.Experiment:
        return start_experiment(experiment_id=decode_id(experiment_id, "Experiment"), author=author_of(info), now=now())

    @mutation(
        result("PauseExperimentResult", Experiment),
        description="Pause a running experiment: the gate closes, and everyone gets what the flag serves without it.",
    )
    def pause_experiment(self, info: Info, experiment_id: ExperimentId) -> models.Experiment:
        return pause_experiment(experiment_id=decode_id(experiment_id, "Experiment"), author=author_of(info), now=now())

    @mutation(
        result("CompleteExperimentResult", Experiment),
        description=(
            "Complete a running or paused experiment: its decision is applied to the flag, and its override ends. "
            "The receipt says what the flag served before and serves since."
        ),
    )
    def complete_experiment(
        self,
        info: Info,
        experiment_id: ExperimentId,
        decision: Annotated[CompletionDecision, strawberry.argument(description="What becomes of the flag.")],
    ) -> models.Experiment:
        return complete_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            decision=decision.request(),
            author=author_of(info),
            now=now(),
        )

    @mutation(
        result("DeleteExperimentResult", Experiment),
        description="Delete a draft that never started. Answers with the experiment as it was.",
    )
    def delete_experiment(self, info: Info, experiment_id: ExperimentId) -> models.Experiment:
        return delete_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"), author=author_of(info), now=now()
        )
