"""Changing an experiment's name, hypothesis and audience."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import InvalidInput, Problem
from server.experimentation.audiences import audience_problems, find_audience, set_audience
from server.experimentation.locks import LockedExperiment, lock_experiment
from server.experimentation.models import Experiment, Status
from server.experimentation.names import experiment_text_problems
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import AudienceLocked, ExperimentCompleted
from server.features.holds import rename_holder
from server.features.models import SegmentVersion
from server.projects.revisions import bump_revision
from server.unset import UNSET, Unset
from server.versioning.locks import refuse_if_moved


@transaction.atomic(durable=True)
def update_experiment(
    *,
    experiment_id: int,
    name: str | Unset = UNSET,
    hypothesis: str | Unset = UNSET,
    audience_id: int | Unset | None = UNSET,
    everyone: bool = True,
    expected_version: int | None = None,
    dry_run: bool = False,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    """Change an experiment's texts, in every status but the last, and, while it serves nobody, its audience.

    Naming the audience that it has pins the rules that the segment has now. An ``audience_id``
    of None is everyone; ``everyone`` is what somebody says to that: a no decides nothing.
    Nothing is served differently.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
        InvalidInput: name, hypothesis, audience.
        VersionMoved: the experiment is not at the expected version.
        ExperimentCompleted: the experiment is over.
        AudienceLocked: the experiment is running.
    """
    locked = lock_experiment(experiment_id, author=author)
    experiment = locked.experiment
    new_name = experiment.name if name is UNSET else name
    new_hypothesis = experiment.hypothesis if hypothesis is UNSET else hypothesis
    audience = _audience(locked, audience_id)
    problems = experiment_text_problems(name=new_name, hypothesis=new_hypothesis)
    if isinstance(audience_id, int):
        problems += audience_problems(audience, path=("input", "audience", "segmentId"))
    if audience_id is None and not everyone:
        message = "Only true decides anything: to narrow the audience, name a segment instead."
        problems.append(Problem(("input", "audience", "everyone"), "OUT_OF_RANGE", message))
    if problems:
        raise InvalidInput(problems)
    refuse_if_moved(expected=expected_version, actual=experiment.version, reference=locked.reference)
    moves_audience = (audience.pk if audience else None) != experiment.audience_id
    if (new_name, new_hypothesis) == (experiment.name, experiment.hypothesis) and not moves_audience:
        return answered(locked, dry_run=dry_run)
    if experiment.status == Status.COMPLETED:
        raise ExperimentCompleted(experiment)
    if moves_audience and experiment.status == Status.RUNNING:
        raise AudienceLocked(experiment)
    before = experiment_facts(locked)
    if new_name != experiment.name:
        rename_holder(locked.reference, name=new_name)
    experiment.name, experiment.hypothesis = new_name, new_hypothesis
    experiment.version, experiment.updated_at = experiment.version + 1, now
    if moves_audience:
        set_audience(locked, audience, author=author, now=now)
    experiment.save(update_fields=["name", "hypothesis", "audience", "version", "updated_at"])
    record(
        author=author,
        action="experiment.update",
        scope=locked.flag.scope,
        object=locked.reference,
        before=before,
        after=experiment_facts(locked),
        now=now,
    )
    if moves_audience:
        bump_revision(locked.flag.environment)
    return answered(locked, dry_run=dry_run)


def _audience(locked: LockedExperiment, audience_id: int | Unset | None) -> SegmentVersion | None:
    if audience_id is UNSET:
        return locked.experiment.audience
    return None if audience_id is None else find_audience(locked.flag, audience_id)
