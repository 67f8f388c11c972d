"""Mutations of experiments as such: making, changing, copying, archiving and deleting them."""

from typing import Annotated

import strawberry
from strawberry import Info

from server.experimentation.services.archive_experiment import archive_experiment
from server.experimentation.services.create_experiment import create_experiment
from server.experimentation.services.delete_experiment import delete_experiment
from server.experimentation.services.duplicate_experiment import duplicate_experiment
from server.experimentation.services.update_experiment import update_experiment
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import (
    Answer,
    DryRun,
    ExpectedVersion,
    ExperimentId,
    experiment_mutation,
)
from server.schema.experimentation.inputs import (
    CreateExperimentInput,
    DuplicateExperimentInput,
    ExperimentRolloutInput,
    UpdateExperimentInput,
)
from server.schema.experimentation.replays.mutations import ReplayMutations
from server.schema.experimentation.results.mutations import ResultsMutations
from server.schema.experimentation.rollout_mutations import RolloutMutations
from server.schema.experimentation.transition_mutations import TransitionMutations
from server.schema.given import changed
from server.schema.ids import decode_id
from server.unset import UNSET


@strawberry.type
class ExperimentMutations(RolloutMutations, TransitionMutations, ResultsMutations, ReplayMutations):
    @experiment_mutation(
        "CreateExperimentResult",
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
        dry_run: DryRun = False,
    ) -> Answer:
        return create_experiment(
            request=input.request(),
            rollout=rollout.request() if rollout else None,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "UpdateExperimentResult",
        description=(
            "Change an experiment's name or hypothesis or, while it is a draft or paused, its audience: "
            "with another audience, the next start opens another phase."
        ),
    )
    def update_experiment(
        self,
        info: Info,
        experiment_id: ExperimentId,
        input: Annotated[UpdateExperimentInput, strawberry.argument(description="What changes.")],
        expected_version: ExpectedVersion = None,
        dry_run: DryRun = False,
    ) -> Answer:
        return update_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            name=changed(input.name),
            hypothesis=changed(input.hypothesis),
            audience_id=input.audience.key if input.audience else UNSET,
            everyone=input.audience.affirmed if input.audience else True,
            expected_version=expected_version,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "DuplicateExperimentResult",
        description=(
            "Create a draft like an experiment: on the same feature, with its hypothesis, audience, gate and split. "
            "It deals units anew. What became of the original is not looked at."
        ),
    )
    def duplicate_experiment(
        self,
        info: Info,
        experiment_id: ExperimentId,
        input: Annotated[
            DuplicateExperimentInput | None, strawberry.argument(description="What is to differ from the original.")
        ] = None,
        dry_run: DryRun = False,
    ) -> Answer:
        return duplicate_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            request=(input or DuplicateExperimentInput()).request(),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "ArchiveExperimentResult",
        description="Leave a completed experiment out of lists; it can still be read by its id.",
    )
    def archive_experiment(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return archive_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation("UnarchiveExperimentResult", description="Show an archived experiment in lists again.")
    def unarchive_experiment(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return archive_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            archived=False,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "DeleteExperimentResult",
        description="Delete a draft that never started. Answers with the experiment as it was.",
    )
    def delete_experiment(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return delete_experiment(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )
