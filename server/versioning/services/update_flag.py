"""Changing what a flag serves: its default, its overrides, or both."""

from datetime import datetime

from django.db import transaction

from server.accounts.authors import Author
from server.audit.record import record
from server.errors import InvalidInput, Problem
from server.features.locks import lock_segments, options_of
from server.features.models import Feature
from server.projects.revisions import bump_revision
from server.versioning.apply import Ground, apply_change_set
from server.versioning.change import planned, write_change
from server.versioning.change_sets import FlagChangeSet
from server.versioning.lineup import Content, Lineup, Standing, lineup_facts
from server.versioning.locks import WrongProject, lock_flag, refuse_if_moved
from server.versioning.models import Cause, Flag


@transaction.atomic(durable=True)
def update_flag(
    *,
    feature_id: int,
    environment_id: int,
    change_set: FlagChangeSet,
    expected_version: int | None = None,
    author: Author,
    now: datetime,
) -> Flag:
    """Change a flag's default, its overrides, or both; what the change set leaves out stays.

    A change that changes nothing is accepted, and writes nothing.

    Raises:
        NotFound: no such feature or environment that the author may see.
        NotAllowed: the author may not edit the environment.
        InvalidInput: the change set, with every problem.
        LockedByExperiment: an experiment holds what would change.
        VersionMoved: the flag is not at the expected version.
    """
    try:
        locked = lock_flag(feature_id=feature_id, environment_id=environment_id, author=author)
    except WrongProject as wrong:
        raise InvalidInput([*wrong.problems, *_problems_without_flag(change_set, wrong.feature)]) from None
    after = planned(locked, change_set, path=("input",))
    refuse_if_moved(expected=expected_version, actual=locked.flag.version, reference=locked.reference)
    touched = {override.segment_id for override in change_set.overrides}
    before = lineup_facts(locked.lineup, locked.options)
    if not write_change(locked, after, cause=Cause.FLAG_UPDATED, author=author, now=now, touched=touched):
        return locked.flag
    record(
        author=author,
        action="flag.update",
        scope=locked.scope,
        object=locked.reference,
        before=before,
        after=lineup_facts(locked.lineup, locked.options),
        now=now,
    )
    bump_revision(locked.environment)
    return locked.flag


def _problems_without_flag(change_set: FlagChangeSet, feature: Feature) -> list[Problem]:
    """What is wrong with a change of the feature, whatever its flag serves: there is none to look at."""
    segments = lock_segments({o.segment_id for o in change_set.overrides}, project_id=feature.project_id)
    ground = Ground(feature.value_type, options_of(feature.pk), segments)
    nothing = Lineup(Standing(None, Content(True, feature.default_value, {})))
    problems = apply_change_set(nothing, change_set, ground, path=("input",)).problems
    # Which overrides there are to remove, and to stand before or after, only a flag could tell.
    return [problem for problem in problems if problem.code != "NO_OVERRIDE" and "place" not in problem.path]
