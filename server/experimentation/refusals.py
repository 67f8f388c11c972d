"""Refusals that an experiment's rules raise."""

from collections.abc import Sequence

from server.errors import Conflict, Locked, Reference
from server.evaluation.percentages import BasisPoints, percent_text
from server.experimentation.models import Experiment, Status


def reference_to(experiment: Experiment) -> Reference:
    """The experiment, as refusals, holds and the audit log name it."""
    return Reference("Experiment", experiment.pk, experiment.name)


_ALLOWED_IN = {
    Status.DRAFT: ("updateExperiment", "updateExperimentRollout", "startExperiment", "deleteExperiment"),
    Status.RUNNING: ("updateExperiment", "rampExperimentRollout", "pauseExperiment", "completeExperiment"),
    Status.PAUSED: ("updateExperiment", "updateExperimentRollout", "startExperiment", "completeExperiment"),
    Status.COMPLETED: ("duplicateExperiment", "revertCompletion", "archiveExperiment"),
}
_IS = {
    Status.DRAFT: "is a draft",
    Status.RUNNING: "is running",
    Status.PAUSED: "is paused",
    Status.COMPLETED: "is completed",
}


class ActiveExperimentExists(Conflict):
    """A flag has at most one experiment that is not completed."""

    code = "ACTIVE_EXPERIMENT_EXISTS"
    allowed = ("completeExperiment", "deleteExperiment while it is a draft that never started")

    def __init__(self, existing: Reference | None) -> None:
        self.collides_with = existing
        name = f" “{existing.name}”" if existing else ""
        super().__init__(
            f"The flag has an experiment{name} that is not completed: complete it, or delete the draft, first."
        )


class ExperimentKeyTaken(Conflict):
    """The environment has an experiment with this key."""

    code = "KEY_TAKEN"

    def __init__(self, key: str, existing: Reference | None = None) -> None:
        self.key, self.collides_with = key, existing
        super().__init__(
            f"There is an experiment with the key “{key}” in this environment already: choose another key."
        )


class IllegalTransition(Conflict):
    """The experiment's status does not lead to the one that was asked for."""

    code = "ILLEGAL_TRANSITION"

    def __init__(self, experiment: Experiment, target: str) -> None:
        self.status, self.target = Status(experiment.status), target
        self.collides_with = reference_to(experiment)
        self.allowed = _ALLOWED_IN[self.status]
        super().__init__(f"The experiment {_IS[self.status]}: it cannot be {target}.")


class RolloutLocked(Locked):
    """A rollout is set while the experiment is a draft or paused, and at no other time."""

    code = "ROLLOUT_LOCKED"

    def __init__(self, experiment: Experiment) -> None:
        self.status = Status(experiment.status)
        instead = "pause it first" if self.status == Status.RUNNING else "a completed experiment stays as it is"
        super().__init__(
            f"The experiment {_IS[self.status]}, and its rollout is not to be changed: {instead}.",
            holder=reference_to(experiment),
            allowed=_ALLOWED_IN[self.status],
        )


class ExperimentCompleted(Locked):
    """A completed experiment does not change any more."""

    code = "EXPERIMENT_COMPLETED"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(
            "The experiment is completed, and stays as it is.",
            holder=reference_to(experiment),
            allowed=_ALLOWED_IN[Status.COMPLETED],
        )


class NotWider(Conflict):
    """A running gate may only widen: narrowing would send away units that took part."""

    code = "NOT_WIDER"
    allowed = ("pauseExperiment, then updateExperimentRollout",)

    def __init__(self, experiment: Experiment, *, current: BasisPoints, asked: BasisPoints) -> None:
        self.current, self.asked = current, asked
        self.collides_with = reference_to(experiment)
        super().__init__(
            f"The gate is at {percent_text(current)}: while the experiment runs it can only go above that. "
            "Pause the experiment to narrow it."
        )


class AudienceLocked(Locked):
    """The audience is set while the experiment is a draft or paused, and at no other time."""

    code = "AUDIENCE_LOCKED"

    def __init__(self, experiment: Experiment) -> None:
        self.status = Status(experiment.status)
        super().__init__(
            f"The experiment {_IS[self.status]}, and its audience is not to be changed: pause it first.",
            holder=reference_to(experiment),
            allowed=_ALLOWED_IN[self.status],
        )


class NotRevertible(Conflict):
    """Something that the reverted completion would overwrite, or needs, is not as the completion left it."""

    code = "NOT_REVERTIBLE"

    def __init__(self, experiment: Experiment, *, in_the_way: Sequence[str]) -> None:
        self.in_the_way = tuple(in_the_way)
        self.collides_with = reference_to(experiment)
        super().__init__(f"The completion cannot be reverted: {'; '.join(self.in_the_way)}.")


class RolloutMissing(Conflict):
    """An experiment starts with a rollout."""

    code = "ROLLOUT_MISSING"
    allowed = ("updateExperimentRollout",)

    def __init__(self, experiment: Experiment) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__("The experiment has no rollout yet: set one before you start it.")


class FeatureArchived(Conflict):
    """An archived feature takes no running experiment."""

    code = "ARCHIVED"
    allowed = ("updateFeature with archived: false",)

    def __init__(self, feature: Reference) -> None:
        self.collides_with = feature
        super().__init__(f"The feature “{feature.name}” is archived: take it out of the archive first.")


class NothingToCompare(Conflict):
    """An experiment compares options, and the feature has none any more."""

    code = "NOT_MULTIVARIATE"
    allowed = ("updateFeature with addOptions",)

    def __init__(self, feature: Reference) -> None:
        self.collides_with = feature
        super().__init__(f"The feature “{feature.name}” has no options any more: there is nothing to compare.")


class ResultsFinal(Locked):
    """The last results of a completed experiment are there, and are never computed again."""

    code = "RESULTS_FINAL"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(
            "The experiment is completed and its last results are final: they are not computed again.",
            holder=reference_to(experiment),
            allowed=_ALLOWED_IN[Status.COMPLETED],
        )


class NotStarted(Conflict):
    """A draft has met nobody: there is nothing to compute."""

    code = "NOT_STARTED"
    allowed = ("startExperiment",)

    def __init__(self, experiment: Experiment) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__("The experiment has not started: nobody has met it, so there are no results to compute.")


class PlanMissing(Conflict):
    """Without a plan there are no metrics."""

    code = "PLAN_MISSING"
    allowed = ("setExperimentPlan",)

    def __init__(self, experiment: Experiment) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__("The experiment has no plan, so there are no metrics: set one first.")


class ReplayPending(Conflict):
    """One replay of an experiment is carried out at a time."""

    code = "REPLAY_PENDING"

    def __init__(self, experiment: Experiment) -> None:
        self.collides_with = reference_to(experiment)
        super().__init__("A replay of the experiment has not been carried out yet: wait for it.")


def refuse_unless_status(experiment: Experiment, allowed: Sequence[Status], *, target: str) -> None:
    """Refuse a transition from a status that does not lead there.

    Raises:
        IllegalTransition: the experiment has none of the allowed statuses.
    """
    if experiment.status not in allowed:
        raise IllegalTransition(experiment, target)
