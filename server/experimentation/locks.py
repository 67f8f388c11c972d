"""An experiment as a write finds it: locked, with its flag. For the order of locks see ``projects.locks``."""

from dataclasses import dataclass, field, replace

from server.accounts.authors import Author
from server.accounts.permissions import Permission, authorise
from server.database.prepared import PreparedQuery
from server.errors import NotFound, Reference
from server.evaluation.percentages import NOTHING, BasisPoints
from server.experimentation.gates import gate_percentage
from server.experimentation.models import Experiment, Phase, Rollout, Status
from server.experimentation.refusals import reference_to
from server.experimentation.selectors import visible_experiments
from server.experimentation.served import Served, standing_runs
from server.features.models import Forbids, Hold
from server.versioning.lineup import Standing
from server.versioning.locks import LockedFlag, locked_flag
from server.versioning.maps import Met, runs_of


@dataclass(slots=True)
class LockedExperiment:
    """An experiment, its flag and its feature under lock; the rollout and the open phase where it has them.

    ``latest_phase`` is the open one, or the one that was closed last: what units met. ``was`` is
    what the flag served when it was locked; its split is the one that units met last.
    """

    experiment: Experiment
    flag: LockedFlag
    rollout: Rollout | None
    latest_phase: Phase | None = None
    phase: Phase | None = field(init=False)
    was: Served = field(init=False)

    def __post_init__(self) -> None:
        latest = self.latest_phase
        self.phase = latest if latest is not None and latest.closed_at is None else None
        was = self.served()
        self.was = replace(was, split=runs_of(latest.bucket_map)) if latest else was

    @property
    def reference(self) -> Reference:
        """The experiment, as refusals, holds and the audit log name it."""
        return reference_to(self.experiment)

    @property
    def override(self) -> Standing | None:
        """The experiment's override in the flag's live version."""
        return self.flag.lineup.override(self.rollout.segment_id) if self.rollout else None

    @property
    def gate(self) -> BasisPoints:
        """The share of the units that the gate takes in when it is open; the rollout is there."""
        assert self.rollout is not None
        return gate_percentage(self.rollout.gate)

    def served(self) -> Served:
        """What the flag serves now, as far as this experiment goes."""
        rollout = self.rollout
        return Served(
            lineup=self.flag.lineup,
            segment_id=rollout.segment_id if rollout else None,
            gate=self.gate if rollout and rollout.segment.is_open else NOTHING,
            split=standing_runs(self.override),
            phase_id=self.phase.pk if self.phase else None,
            default_value=self.flag.feature.default_value,
            options=self.flag.options,
        )

    def met_maps(self) -> Met:
        """The map that units met last, by segment: edits of a paused experiment are never met."""
        if self.latest_phase is None or self.rollout is None:
            return {}
        return {self.rollout.segment_id: self.latest_phase.bucket_map}

    def answer(self) -> Experiment:
        """The experiment, knowing what its answer is asked for: no second reading."""
        experiment, rollout = self.experiment, self.rollout
        experiment._state.fields_cache["rollout"] = rollout
        experiment.open_phases = [self.phase] if self.phase else []
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
_latest_phase = PreparedQuery(
    lambda experiment_id: (
        Phase.objects.select_related("bucket_map", "audience")
        .filter(experiment_id=experiment_id)
        .order_by("-number")[:1]
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
    latest = None if experiment.status == Status.DRAFT else _latest_phase.first(experiment.pk)
    locked = LockedExperiment(experiment, flag, rollout, latest)
    if rollout is not None:
        rollout.experiment = experiment
        override = locked.override
        if override is not None and override.row is not None and override.segment is not None:
            # One object for one row: what completion makes of the segment, the receipt's lineup tells.
            rollout.segment = override.segment
            if override.row.pk == rollout.state_id:
                rollout.state = override.row
    return locked


def hold_by(locked: LockedExperiment, forbids: Forbids, segment_id: int | None) -> Hold:
    """A hold of this experiment, not written yet."""
    holder = locked.reference
    return Hold(
        feature=locked.flag.feature,
        environment=locked.flag.environment,
        segment_id=segment_id,
        forbids=forbids,
        holder_type=holder.type,
        holder_id=holder.id,
        holder_name=holder.name,
    )
