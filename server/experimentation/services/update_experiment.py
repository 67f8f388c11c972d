"""Changing an experiment's name and hypothesis."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import InvalidInput
from server.experimentation.locks import lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.names import experiment_text_problems
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import ExperimentCompleted
from server.features.holds import rename_holder
from server.unset import UNSET, Unset
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def update_experiment(
    *,
    experiment_id: int,
    name: str | Unset = UNSET,
    hypothesis: str | Unset = UNSET,
    expected_version: int | None = None,
    author: Author,
    now: datetime,
) -> Experiment:
    """Change an experiment's texts, in every status but the last; nothing is served differently.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: name, hypothesis.
        VersionMoved: the experiment is not at the expected version.
        ExperimentCompleted: the experiment is over.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    new_name = experiment.name if name is UNSET else name
    new_hypothesis = experiment.hypothesis if hypothesis is UNSET else hypothesis
    if problems := experiment_text_problems(name=new_name, hypothesis=new_hypothesis):
        raise InvalidInput(problems)
    refuse_if_moved(expected=expected_version, actual=experiment.version, reference=locked.reference)
    if (new_name, new_hypothesis) == (experiment.name, experiment.hypothesis):
        return locked.answer()
    if experiment.status == Status.COMPLETED:
        raise ExperimentCompleted(experiment)
    before = experiment_facts(locked)
    if new_name != experiment.name:
        rename_holder(locked.reference, name=new_name)
    experiment.name, experiment.hypothesis = new_name, new_hypothesis
    experiment.version, experiment.updated_at = experiment.version + 1, now
    experiment.save(update_fields=["name", "hypothesis", "version", "updated_at"])
    record(
        author=author,
        action="experiment.update",
        scope=locked.flag.scope,
        object=locked.reference,
        before=before,
        after=experiment_facts(locked),
        now=now,
    )
    return locked.answer()
