"""What the audit log says of an experiment."""

from typing import Any

from server.experimentation.gates import gate_percentage
from server.experimentation.locks import LockedExperiment
from server.features.models import SegmentVersion
from server.versioning.lineup import Standing, content_of, state_facts


def experiment_facts(locked: LockedExperiment) -> dict[str, Any]:
    """The whole experiment with its rollout as plain JSON; shares in basis points."""
    experiment = locked.experiment
    return {
        "key": experiment.key,
        "name": experiment.name,
        "hypothesis": experiment.hypothesis,
        "status": experiment.status,
        "audience": _audience_facts(experiment.audience),
        "archived": experiment.archived_at is not None,
        "rollout": rollout_facts(locked),
    }


def rollout_facts(locked: LockedExperiment) -> dict[str, Any] | None:
    """Gate and split as the API shows them, also when the override is off the flag."""
    rollout = locked.rollout
    if rollout is None:
        return None
    content = content_of(rollout.state, value_type=locked.flag.feature.value_type)
    standing = Standing(rollout.segment, content, rollout.state)
    facts = state_facts(standing, locked.flag.options, locked.flag.lineup.priority(rollout.segment_id))
    return {
        "enabled": facts["enabled"],
        "gateBasisPoints": gate_percentage(rollout.gate),
        "controlValue": facts["value"],
        "split": facts["allocations"],
        "priority": facts["priority"],
        "flagVersion": rollout.flag_version.number,
    }


def _audience_facts(audience: SegmentVersion | None) -> dict[str, Any] | None:
    if audience is None:
        return None
    return {"segmentId": audience.segment_id, "name": audience.segment.name, "version": audience.number}
