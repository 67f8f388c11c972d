"""Asking for an experiment's results to be computed now."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.errors import NotFound
from server.experimentation.jobs import compute_now
from server.experimentation.models import Experiment, ResultsState
from server.experimentation.refusals import NotStarted, ResultsFinal
from server.experimentation.results.state import is_final
from server.experimentation.selectors import visible_experiments
from server.projects.locks import scope_of


@transaction.atomic(durable=True)
def refresh_results(*, experiment_id: int, author: Author, now: datetime) -> Experiment:
    """Have a worker compute the results; asking again before it has begun changes nothing.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        NotStarted: the experiment is a draft.
        ResultsFinal: the experiment is completed, and its last results are there.
    """
    experiment = (
        Experiment.objects.filter(visible_experiments(author), pk=experiment_id)
        .select_related("environment__project")
        .first()
    )
    if experiment is None:
        raise NotFound("experiment", "experimentId")
    authorise(author, Permission.EDIT, scope_of(experiment.environment))
    if experiment.started_at is None:
        raise NotStarted(experiment)
    ResultsState.objects.get_or_create(experiment=experiment)
    state = ResultsState.objects.select_for_update(of=("self",)).select_related("current").get(experiment=experiment)
    if is_final(experiment, state):
        raise ResultsFinal(experiment)
    if state.requested_at is None:
        state.requested_at = state.due_at = now
        state.save(update_fields=["requested_at", "due_at"])
        compute_now(experiment)
    experiment.results_state = state
    return experiment
