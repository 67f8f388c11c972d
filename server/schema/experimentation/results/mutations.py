"""Mutations of results: asking for a computation. Nothing of an experiment, and of what it serves, changes by them."""

import strawberry
from strawberry import Info

from server.experimentation import models
from server.experimentation.services.refresh_results import refresh_results
from server.schema.authors import author_of, now
from server.schema.experimentation.answers import ExperimentId
from server.schema.experimentation.types import Experiment
from server.schema.ids import decode_id
from server.schema.mutations import mutation, result


@strawberry.type
class ResultsMutations:
    @mutation(
        result("RefreshResultsResult", Experiment),
        description=(
            "Have a worker compute the results of an experiment now, and not only when they are due. The answer does "
            "not wait for it: `resultsState.requestedAt` is null again once it has begun. Asking twice asks once."
        ),
    )
    def refresh_results(self, info: Info, experiment_id: ExperimentId) -> models.Experiment:
        return refresh_results(experiment_id=decode_id(experiment_id, "Experiment"), author=author_of(info), now=now())
