"""Mutations of rollouts: setting gate and split, and widening the gate, now or at set times."""

from typing import Annotated

import strawberry
from strawberry import Info

from server.evaluation.percentages import BasisPoints
from server.experimentation.services.cancel_experiment_ramps import cancel_experiment_ramps
from server.experimentation.services.ramp_experiment_rollout import ramp_experiment_rollout
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.experimentation.services.update_experiment_rollout import update_experiment_rollout
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import (
    Answer,
    DryRun,
    ExpectedVersion,
    ExperimentId,
    experiment_mutation,
)
from server.schema.experimentation.inputs import ExperimentRolloutInput, ScheduledRampInput
from server.schema.ids import decode_id
from server.schema.scalars import Percentage


@strawberry.type
class RolloutMutations:
    @experiment_mutation(
        "UpdateExperimentRolloutResult",
        description=(
            "Set gate and split together, first or again, while the experiment is a draft or paused. "
            "An edit of the split, the control value or a narrower gate has the next start open another phase, "
            "on the bucket map that moves the fewest units."
        ),
    )
    def update_experiment_rollout(
        self,
        info: Info,
        experiment_id: ExperimentId,
        rollout: Annotated[
            ExperimentRolloutInput, strawberry.argument(description="The whole rollout, as it is to be.")
        ],
        expected_version: ExpectedVersion = None,
        dry_run: DryRun = False,
    ) -> Answer:
        return update_experiment_rollout(
            experiment_id=decode_id(experiment_id, "Experiment"),
            rollout=rollout.request(),
            expected_version=expected_version,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "RampExperimentRolloutResult",
        description=(
            "Widen the gate of a running experiment: its phase goes on, and nobody changes variant. "
            "The percentage that it has, or less, is refused as `NOT_WIDER`: pause the experiment to narrow the gate."
        ),
    )
    def ramp_experiment_rollout(
        self,
        info: Info,
        experiment_id: ExperimentId,
        percentage: Annotated[Percentage, strawberry.argument(description="The gate to widen to.")],
        expected_version: ExpectedVersion = None,
        dry_run: DryRun = False,
    ) -> Answer:
        return ramp_experiment_rollout(
            experiment_id=decode_id(experiment_id, "Experiment"),
            percentage=BasisPoints(percentage),
            expected_version=expected_version,
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "ScheduleExperimentRampsResult",
        description=(
            "Set the times at which the gate is to widen; what was still to come is cancelled. Each ramp happens at "
            "its time, or as soon after it as the server runs, and is skipped where the rules do not allow it then."
        ),
    )
    def schedule_experiment_ramps(
        self,
        info: Info,
        experiment_id: ExperimentId,
        ramps: Annotated[
            list[ScheduledRampInput],
            strawberry.argument(description="The whole schedule, at most 50: each ramp later and wider than the last."),
        ],
        dry_run: DryRun = False,
    ) -> Answer:
        return schedule_experiment_ramps(
            experiment_id=decode_id(experiment_id, "Experiment"),
            ramps=[ramp.ramp() for ramp in ramps],
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )

    @experiment_mutation(
        "CancelExperimentRampsResult",
        description="Take back the scheduled ramps that are still to come.",
    )
    def cancel_experiment_ramps(self, info: Info, experiment_id: ExperimentId, dry_run: DryRun = False) -> Answer:
        return cancel_experiment_ramps(
            experiment_id=decode_id(experiment_id, "Experiment"),
            dry_run=bool(dry_run),
            author=author_of(info),
            now=now(),
        )
