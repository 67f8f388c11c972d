"""Making a draft of what another experiment was."""

from dataclasses import dataclass
from datetime import datetime

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.errors import NotFound
from server.evaluation.percentages import BasisPoints
from server.experimentation.gates import gate_percentage
from server.experimentation.models import MAX_NAME, Experiment, Rollout
from server.experimentation.preview import Preview
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.selectors import visible_experiments
from server.experimentation.services.create_experiment import NewExperiment, create_experiment
from server.projects.locks import scope_of
from server.versioning.change_sets import AllocationChange


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What is to differ from the original: left out, the name says that it is a copy, and the environment stays."""

    name: str | None = None
    key: str | None = None
    environment_id: int | None = None


def duplicate_experiment(
    *, experiment_id: int, request: Duplicate, dry_run: bool = False, author: Author, now: datetime
) -> Experiment | Preview:
    """Create a draft on the same feature with the same texts, audience, gate, split and plan.

    It deals units anew: its gate has a salt of its own. Its plan has the metrics as they are now,
    archived ones as well. What the original has become since, or
    what became of it, is not looked at.

    Raises:
        NotFound: no such experiment or environment that the author may see.
        NotAllowed: the author may not edit experiments in the environment.
        InvalidInput: the name or the key; an option or an audience that is there no more.
        ActiveExperimentExists: the flag has an experiment that is not completed.
        ExperimentKeyTaken: the environment has an experiment with the key that was given.
    """
    original = (
        Experiment.objects.filter(visible_experiments(author))
        .select_related("environment__project", "audience")
        .filter(pk=experiment_id)
        .first()
    )
    if original is None:
        raise NotFound("experiment", "experimentId")
    authorise(author, Permission.VIEW, scope_of(original.environment))
    rollout = Rollout.objects.filter(experiment=original).select_related("gate", "state").first()
    copy = NewExperiment(
        environment_id=original.environment_id if request.environment_id is None else request.environment_id,
        feature_id=original.feature_id,
        name=f"{original.name} (copy)"[:MAX_NAME] if request.name is None else request.name,
        key=request.key,
        hypothesis=original.hypothesis,
        audience_id=original.audience.segment_id if original.audience else None,
    )
    return create_experiment(
        request=copy,
        rollout=_request_of(rollout) if rollout else None,
        planned_like=original,
        dry_run=dry_run,
        author=author,
        now=now,
    )


def _request_of(rollout: Rollout) -> RolloutRequest:
    shares = rollout.state.allocations.order_by("option_id").values_list("option_id", "share")
    return RolloutRequest(
        percentage=gate_percentage(rollout.gate),
        split=tuple(AllocationChange(option_id, BasisPoints(share)) for option_id, share in shares),
        enabled=rollout.state.enabled,
        control_value=rollout.state.value,
    )
