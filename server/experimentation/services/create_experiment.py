"""Creating an experiment, together with its rollout."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from server.accounts.authored import author_columns
from server.accounts.authors import Author
from server.audit.record import record
from server.database.integrity import refused_by
from server.database.prepared import PreparedQuery
from server.database.rows import insert
from server.errors import InvalidInput, Problem
from server.experimentation.audiences import audience_problems, find_audience, hold_audience
from server.experimentation.locks import LockedExperiment
from server.experimentation.metrics.plan_rows import copy_plan
from server.experimentation.models import Experiment, Status
from server.experimentation.names import (
    another_key,
    experiment_key_problems,
    experiment_text_problems,
    key_from,
)
from server.experimentation.preview import Preview, answered
from server.experimentation.records import experiment_facts
from server.experimentation.refusals import ActiveExperimentExists, ExperimentKeyTaken, reference_to
from server.experimentation.rollouts import RolloutRequest, rollout_problems, set_rollout
from server.features.locks import options_of
from server.features.models import Feature, Option
from server.features.salts import new_salt
from server.projects.revisions import bump_revision
from server.versioning.lineup import Lineup
from server.versioning.locks import LockedFlag, WrongProject, lock_flag


@dataclass(frozen=True, slots=True)
class NewExperiment:
    """An experiment as it is asked for; a key left out is made from the name.

    ``audience_id`` is the segment of those who may take part; left out, everyone may.
    """

    environment_id: int
    feature_id: int
    name: str
    key: str | None = None
    hypothesis: str = ""
    audience_id: int | None = None


def create_experiment(
    *,
    request: NewExperiment,
    rollout: RolloutRequest | None = None,
    planned_like: Experiment | None = None,
    dry_run: bool = False,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    """Create a draft with its rollout, or nothing at all.

    The rollout puts an override on the flag and a closed segment before it: nobody is
    served anything else until the experiment starts. ``planned_like`` is an experiment on the
    same feature whose plan this one is to have.

    Raises:
        NotFound: no such environment or feature that the author may see.
        NotAllowed: the author may not edit experiments in the environment.
        InvalidInput: with every problem, of the experiment and of the rollout.
        ActiveExperimentExists: the flag has an experiment that is not completed.
        ExperimentKeyTaken: the environment has an experiment with the key that was given.
    """
    try:
        return _create(
            request=request, rollout=rollout, planned_like=planned_like, dry_run=dry_run, author=author, now=now
        )
    except ExperimentKeyTaken as taken:
        if request.key is not None:
            raise
        # Somebody else made the same key from the same name at the same moment.
        other = replace(request, key=another_key(taken.key))
        return _create(
            request=other, rollout=rollout, planned_like=planned_like, dry_run=dry_run, author=author, now=now
        )


@transaction.atomic(durable=True)
def _create(
    *,
    request: NewExperiment,
    rollout: RolloutRequest | None,
    planned_like: Experiment | None,
    dry_run: bool,
    author: Author,
    now: datetime,
) -> Experiment | Preview:
    try:
        flag = lock_flag(feature_id=request.feature_id, environment_id=request.environment_id, author=author)
    except WrongProject as wrong:
        options = options_of(wrong.feature.pk)
        found = _problems(request, rollout, feature=wrong.feature, options=options, lineup=None)
        raise InvalidInput([*wrong.problems, *found]) from None
    audience = None if request.audience_id is None else find_audience(flag, request.audience_id)
    problems = _problems(request, rollout, feature=flag.feature, options=flag.options, lineup=flag.lineup)
    if request.audience_id is not None:
        problems += audience_problems(audience, path=("input", "audienceId"))
    if problems:
        raise InvalidInput(problems)
    key = _free_key(request, flag)
    with refused_by(
        {
            "experiment_one_active_per_flag": lambda: ActiveExperimentExists(None),
            "experiment_key_unique": lambda: ExperimentKeyTaken(key),
        }
    ):
        experiment = Experiment(
            flag=flag.flag,
            feature=flag.feature,
            environment=flag.environment,
            key=key,
            name=request.name,
            hypothesis=request.hypothesis,
            gate_salt=new_salt(),
            audience=audience,
            created_at=now,
            updated_at=now,
            **author_columns(author),
        )
        insert(experiment)
    locked = LockedExperiment(experiment, flag, None)
    if audience is not None:
        hold_audience(locked, audience)
    if rollout is not None:
        set_rollout(locked, rollout, author=author, now=now)
    if planned_like is not None:
        copy_plan(planned_like, locked, author=author, now=now)
    record(
        author=author,
        action="experiment.create",
        scope=flag.scope,
        object=locked.reference,
        before=None,
        after=experiment_facts(locked),
        now=now,
    )
    bump_revision(flag.environment)
    return answered(locked, dry_run=dry_run)


def _problems(
    request: NewExperiment,
    rollout: RolloutRequest | None,
    *,
    feature: Feature,
    options: dict[int, Option],
    lineup: Lineup | None,
) -> list[Problem]:
    problems = experiment_text_problems(name=request.name, hypothesis=request.hypothesis)
    if request.key is not None:
        problems += experiment_key_problems(request.key)
    path = ("input", "featureId")
    if not options:
        message = "An experiment compares options, and the feature has none: add some first."
        problems.append(Problem(path, "NOT_MULTIVARIATE", message))
    if feature.archived_at is not None:
        problems.append(Problem(path, "ARCHIVED", "The feature is archived: take it out of the archive first."))
    if rollout is not None:
        problems += rollout_problems(rollout, value_type=feature.value_type, options=options, lineup=lineup)
    return problems


_in_the_way = PreparedQuery(
    lambda flag_id, environment_id, key: Experiment.objects.filter(
        Q(flag_id=flag_id) & ~Q(status=Status.COMPLETED) | Q(environment_id=environment_id, key=key)
    ),
    int,
    int,
    str,
)


def _free_key(request: NewExperiment, flag: LockedFlag) -> str:
    """The experiment's key; refuses what the flag or the environment has already."""
    key = request.key or key_from(request.name)
    holder: Experiment | None = None
    for other in _in_the_way(flag.flag.pk, flag.environment.pk, key):
        if other.flag_id == flag.flag.pk and other.status != Status.COMPLETED:
            raise ActiveExperimentExists(reference_to(other))
        holder = other
    if holder is not None and request.key is not None:
        raise ExperimentKeyTaken(key, reference_to(holder))
    return key if holder is None else another_key(key)
