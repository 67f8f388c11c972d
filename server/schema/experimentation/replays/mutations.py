"""The mutation that asks for an A/A replay. Nothing of an experiment, and of what it serves, changes by it."""

from typing import Annotated

import strawberry
from strawberry import Info

from server.experimentation import models
from server.experimentation.services.replay_aa import FEWEST_RUNS, MOST_RUNS, replay_aa
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import ExperimentId
from server.schema.experimentation.replays.types import AAReplay
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result

Runs = Annotated[
    int,
    strawberry.argument(
        description=f"How often to deal the units anew: from {FEWEST_RUNS} to {MOST_RUNS:,}. With 1,000, a rate of 5 % "
        "is known to 1.4 points."
    ),
]


@strawberry.type
class ReplayMutations:
    @mutation(
        result("ReplayAAResult", AAReplay),
        name="replayAA",
        description=(
            "Have a worker deal the units of an experiment anew at random, many times, and test the plan's metrics "
            "each time. The answer does not wait for it: `status` is PENDING until it has been carried out. One of an "
            "experiment waits at a time."
        ),
    )
    def replay_aa(self, info: Info, experiment_id: ExperimentId, runs: Runs = 1_000) -> models.Replay:
        return replay_aa(
            experiment_id=decode_id(experiment_id, "Experiment"), runs=runs, author=author_of(info), now=now()
        )
