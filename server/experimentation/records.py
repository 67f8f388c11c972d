"""What the audit log and receipts say of an experiment."""

from typing import Any

from server.experimentation.gates import gate_percentage
from server.experimentation.locks import LockedExperiment
from server.versioning.lineup import state_facts


def experiment_facts(locked: LockedExperiment) -> dict[str, Any]:
    """The whole experiment with its rollout as plain JSON; shares in basis points."""
    experiment = locked.experiment
    return {
        "key": experiment.key,
        "name": experiment.name,
        "hypothesis": experiment.hypothesis,
        "status": experiment.status,
        "rollout": rollout_facts(locked),
    }


def rollout_facts(locked: LockedExperiment) -> dict[str, Any] | None:
    """Gate and split; None where the experiment has no rollout on its flag."""
    override, rollout = locked.override, locked.rollout
    if override is None or rollout is None:
        return None
    facts = state_facts(override, locked.flag.options, locked.flag.lineup.priority(rollout.segment_id))
    return {
        "enabled": facts["enabled"],
        "gateBasisPoints": gate_percentage(rollout.gate),
        "controlValue": facts["value"],
        "split": facts["allocations"],
        "priority": facts["priority"],
        "flagVersion": rollout.flag_version.number,
    }
