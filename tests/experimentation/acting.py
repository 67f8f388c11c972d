"""What users do with experiments and flags, through the services and in few words; asserts nothing."""

from datetime import datetime, timedelta
from typing import Any

from server.experimentation.completion import Decision, DecisionKind
from server.experimentation.models import Experiment, Status
from server.experimentation.ramps import Ramp
from server.experimentation.rollouts import RolloutRequest
from server.experimentation.services.archive_experiment import archive_experiment
from server.experimentation.services.cancel_experiment_ramps import cancel_experiment_ramps
from server.experimentation.services.complete_experiment import complete_experiment
from server.experimentation.services.delete_experiment import delete_experiment
from server.experimentation.services.duplicate_experiment import Duplicate, duplicate_experiment
from server.experimentation.services.pause_experiment import pause_experiment
from server.experimentation.services.ramp_experiment_rollout import ramp_experiment_rollout
from server.experimentation.services.revert_completion import revert_completion
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.experimentation.services.start_experiment import start_experiment
from server.experimentation.services.update_experiment import update_experiment
from server.experimentation.services.update_experiment_rollout import update_experiment_rollout
from server.features.models import Feature, Segment
from server.features.services.update_segment import update_segment
from server.versioning.change_sets import FlagChangeSet, Place, SegmentOverrideChangeSet, StateChange
from server.versioning.feature_changes import FeatureChange
from server.versioning.models import Flag
from server.versioning.services.update_feature import update_feature
from server.versioning.services.update_flag import update_flag
from tests.factories import NOW, World, done, points

KEEP_CONTROL = Decision(DecisionKind.KEEP_CONTROL)


def ship_to_everyone(option_id: int) -> Decision:
    return Decision(DecisionKind.SHIP_TO_EVERYONE, option_id)


def ship_to_gate(option_id: int) -> Decision:
    return Decision(DecisionKind.SHIP_TO_GATE, option_id)


def start(world: World, experiment: Experiment, now: datetime = NOW) -> Experiment:
    return done(start_experiment(experiment_id=experiment.pk, author=world.author, now=now))


def pause(world: World, experiment: Experiment, now: datetime = NOW) -> Experiment:
    return done(pause_experiment(experiment_id=experiment.pk, author=world.author, now=now))


def complete(
    world: World, experiment: Experiment, decision: Decision = KEEP_CONTROL, now: datetime = NOW
) -> Experiment:
    return done(complete_experiment(experiment_id=experiment.pk, decision=decision, author=world.author, now=now))


def delete(world: World, experiment: Experiment) -> Experiment:
    return done(delete_experiment(experiment_id=experiment.pk, author=world.author, now=NOW))


def set_rollout(
    world: World,
    experiment: Experiment,
    rollout: RolloutRequest,
    expected_version: int | None = None,
    now: datetime = NOW,
) -> Experiment:
    return done(
        update_experiment_rollout(
            experiment_id=experiment.pk,
            rollout=rollout,
            expected_version=expected_version,
            author=world.author,
            now=now,
        )
    )


def edit(world: World, experiment: Experiment, now: datetime = NOW, **changes: Any) -> Experiment:
    return done(update_experiment(experiment_id=experiment.pk, author=world.author, now=now, **changes))


def ramp(
    world: World,
    experiment: Experiment,
    percentage: float,
    expected_version: int | None = None,
    now: datetime = NOW,
) -> Experiment:
    return done(
        ramp_experiment_rollout(
            experiment_id=experiment.pk,
            percentage=points(percentage),
            expected_version=expected_version,
            author=world.author,
            now=now,
        )
    )


def schedule(world: World, experiment: Experiment, *ramps: tuple[float, timedelta], now: datetime = NOW) -> Experiment:
    """Set the whole schedule: each ramp so much later."""
    asked = [Ramp(points(percentage), now + later) for percentage, later in ramps]
    return done(schedule_experiment_ramps(experiment_id=experiment.pk, ramps=asked, author=world.author, now=now))


def cancel_ramps(world: World, experiment: Experiment, now: datetime = NOW) -> Experiment:
    return done(cancel_experiment_ramps(experiment_id=experiment.pk, author=world.author, now=now))


def revert(world: World, experiment: Experiment, now: datetime = NOW) -> Experiment:
    return done(revert_completion(experiment_id=experiment.pk, author=world.author, now=now))


def duplicate(world: World, experiment: Experiment, **differing: Any) -> Experiment:
    request = Duplicate(**differing)
    return done(duplicate_experiment(experiment_id=experiment.pk, request=request, author=world.author, now=NOW))


def put_away(world: World, experiment: Experiment, archived: bool = True) -> Experiment:
    """Archive the experiment, or bring it back."""
    return done(archive_experiment(experiment_id=experiment.pk, archived=archived, author=world.author, now=NOW))


def bring_to(world: World, experiment: Experiment, status: Status | str) -> Experiment:
    """Take a draft to this status, on the shortest way."""
    if status != Status.DRAFT:
        experiment = start(world, experiment)
    if status == Status.PAUSED:
        experiment = pause(world, experiment)
    if status == Status.COMPLETED:
        experiment = complete(world, experiment)
    return experiment


def override(
    segment: Segment | int, *, place: Place | None = None, remove: bool = False, **change: Any
) -> SegmentOverrideChangeSet:
    """A change of the override for this segment."""
    segment_id = segment if isinstance(segment, int) else segment.pk
    return SegmentOverrideChangeSet(segment_id, StateChange(**change), place, remove)


def change_flag(
    world: World,
    feature: Feature,
    *overrides: SegmentOverrideChangeSet,
    default: StateChange | None = None,
) -> Flag:
    return update_flag(
        feature_id=feature.pk,
        environment_id=world.environment.pk,
        change_set=FlagChangeSet(default=default, overrides=overrides),
        author=world.author,
        now=NOW,
    )


def change_feature(world: World, feature: Feature, **change: Any) -> Feature:
    return update_feature(feature_id=feature.pk, change=FeatureChange(**change), author=world.author, now=NOW)


def archive(world: World, feature: Feature) -> Feature:
    return change_feature(world, feature, archived=True)


def change_rules(world: World, segment: Segment, plan: str = "free") -> Segment:
    """Give a segment other rules."""
    rules = {"type": "ALL", "conditions": [{"trait": "plan", "operator": "EQUAL", "value": plan}]}
    return update_segment(segment_id=segment.pk, rules=rules, author=world.author, now=NOW)
