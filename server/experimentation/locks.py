"""An experiment as a write finds it: locked, with its flag. For the order of locks see ``projects.locks``."""

from dataclasses import dataclass

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.database.prepared import PreparedQuery
from server.errors import NotFound, Reference
from server.experimentation.models import Experiment, Rollout
from server.experimentation.refusals import reference_to
from server.experimentation.selectors import visible_experiments
from server.versioning.lineup import Standing
from server.versioning.locks import LockedFlag, locked_flag


@dataclass(slots=True)
class LockedExperiment:
    """An experiment, its flag and its feature under lock; the rollout where it has one."""

    experiment: Experiment
    flag: LockedFlag
    rollout: Rollout | None

    @property
    def reference(self) -> Reference:
        """The experiment, as refusals, holds and the audit log name it."""
        return reference_to(self.experiment)

    @property
    def override(self) -> Standing | None:
        """The experiment's override in the flag's live version."""
        return self.flag.lineup.override(self.rollout.segment_id) if self.rollout else None

    def answer(self) -> Experiment:
        """The experiment, knowing what its answer is asked for: no second reading."""
        experiment, rollout = self.experiment, self.rollout
        experiment._state.fields_cache["rollout"] = rollout
        if rollout is not None:
            rollout.priority = self.flag.lineup.priority(rollout.segment_id)
        return experiment


_locked_experiment = PreparedQuery(
    lambda experiment_id, author: (
        Experiment.objects.filter(visible_experiments(author))
        .select_related("flag__feature", "flag__environment__project")
        .select_for_update(of=("flag__feature", "flag", "self"), no_key=True)
        .filter(pk=experiment_id)
    ),
    int,
)
_rollout_of = PreparedQuery(
    lambda experiment_id: Rollout.objects.select_related("segment", "gate", "flag_version").filter(
        experiment_id=experiment_id
    ),
    int,
)


def lock_experiment(experiment_id: int, *, author: Author) -> LockedExperiment:
    """The experiment with its flag, locked until the transaction ends; the author may edit it.

    Raises:
        NotFound: no experiment with this id that the author may see.
        NotAllowed: the author may not edit experiments in this environment.
    """
    experiment = _locked_experiment.first(experiment_id, variant=author)
    if experiment is None:
        raise NotFound("experiment", "experimentId")
    experiment.feature, experiment.environment = experiment.flag.feature, experiment.flag.environment
    flag = locked_flag(experiment.flag)
    authorise(author, Permission.EDIT, flag.scope)
    rollout = _rollout_of.first(experiment.pk)
    locked = LockedExperiment(experiment, flag, rollout)
    if rollout is not None:
        rollout.experiment = experiment
        override = locked.override
        if override is not None and override.row is not None and override.segment is not None:
            # One object for one row: what completion makes of the segment, the receipt's lineup tells.
            rollout.state, rollout.segment = override.row, override.segment
    return locked
