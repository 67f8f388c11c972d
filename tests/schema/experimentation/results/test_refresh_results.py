"""Asking for results to be computed now."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from server.experimentation.models import Experiment, ResultsState
from tests.experimentation.acting import complete
from tests.experimentation.results.made_up import AS_OF
from tests.experimentation.results.storing import computed, running, with_results
from tests.factories import World
from tests.rows import unchanged
from tests.schema.api import Api, gid

REFRESH = """mutation($id: ID!) { refreshResults(experimentId: $id) {
  __typename
  ... on Experiment { version resultsState { standing requestedAt nextDueAt } results { number } health { status } }
  ... on Refusal { code message }
  ... on Conflict { allowed }
  ... on Locked { holder { type name } }
} }"""


def refresh(api: Api, experiment: Experiment) -> Any:
    """The answer to the mutation."""
    return api(REFRESH, id=gid(experiment))["refreshResults"]


def test_a_worker_is_asked_and_the_answer_shows_since_when(world: World, api: Api) -> None:
    experiment, before = with_results(world), timezone.now()

    answer = refresh(api, experiment)

    state = ResultsState.objects.get(experiment=experiment)
    assert state.requested_at is not None
    assert before <= state.requested_at <= timezone.now()
    assert answer == {
        "__typename": "Experiment",
        "version": experiment.version,
        "resultsState": {
            "standing": "CURRENT",
            "requestedAt": state.requested_at.isoformat(),
            "nextDueAt": state.requested_at.isoformat(),
        },
        "results": {"number": 1},
        "health": {"status": "WARNING"},
    }


def test_a_draft_and_final_results_are_refused(world: World, api: Api) -> None:
    draft, over = world.experiment(), running(world)
    complete(world, over, now=AS_OF)
    computed(over, as_of=AS_OF + timedelta(hours=2), final=True)

    with unchanged():
        answers = [refresh(api, draft), refresh(api, over)]

    assert answers == [
        {
            "__typename": "Conflict",
            "code": "NOT_STARTED",
            "message": "The experiment has not started: nobody has met it, so there are no results to compute.",
            "allowed": ["startExperiment"],
        },
        {
            "__typename": "Locked",
            "code": "RESULTS_FINAL",
            "message": "The experiment is completed and its last results are final: they are not computed again.",
            "holder": {"type": "Experiment", "name": over.name},
        },
    ]


def test_asking_again_before_it_has_begun_changes_nothing(world: World, api: Api) -> None:
    experiment = running(world)
    first = refresh(api, experiment)

    with unchanged():
        second = refresh(api, experiment)

    assert second == first


@pytest.mark.django_db(transaction=True)
def test_a_refresh_takes_few_statements_however_much_was_computed(world: World, api: Api) -> None:
    few, many = with_results(world), with_results(world)
    for hour in range(5):
        computed(many, as_of=AS_OF + timedelta(hours=hour + 1))
    short = """mutation($id: ID!) { refreshResults(experimentId: $id) { ... on Experiment { id } } }"""

    assert api.statements(short, id=gid(few)) == api.statements(short, id=gid(many)) <= 15
