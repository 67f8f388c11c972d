"""What a decision makes of a flag, and the receipt of it. Reads and writes nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.accounts.authors import Author
from server.errors import Problem
from server.evaluation.percentages import EVERYTHING
from server.experimentation.gates import gate_percentage
from server.experimentation.locks import LockedExperiment
from server.versioning.lineup import Content, Lineup, lineup_facts


class DecisionKind(StrEnum):
    """What becomes of the flag when its experiment is completed."""

    KEEP_CONTROL = "KEEP_CONTROL"
    SHIP_TO_EVERYONE = "SHIP_TO_EVERYONE"
    SHIP_TO_GATE = "SHIP_TO_GATE"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and with which option: none where control is kept.

    ``affirmed`` is what somebody says to keeping control: a no decides nothing.
    """

    kind: DecisionKind
    option_id: int | None = None
    affirmed: bool = True


FIELDS = {
    DecisionKind.KEEP_CONTROL: "keepControl",
    DecisionKind.SHIP_TO_EVERYONE: "shipToEveryone",
    DecisionKind.SHIP_TO_GATE: "shipToGate",
}


def decision_problems(locked: LockedExperiment, decision: Decision) -> list[Problem]:
    """The problem of a decision that decides nothing, or is for an option that the feature does not have."""
    if not decision.affirmed:
        message = "Only true decides anything: to ship an option, name it instead."
        return [Problem(("decision", FIELDS[decision.kind]), "OUT_OF_RANGE", message)]
    if decision.kind is DecisionKind.KEEP_CONTROL or decision.option_id in locked.flag.options:
        return []
    path = ("decision", FIELDS[decision.kind])
    return [Problem(path, "UNKNOWN_OPTION", "The feature has no option with this id.")]


def decided(locked: LockedExperiment, decision: Decision) -> Lineup:
    """The flag's lineup after the decision; plain overrides stand as they are.

    Control and an option that everyone gets are served by the default, enabled. An option
    for the gate stays an override, which from now on is a plain one.
    """
    lineup, override, rollout = locked.flag.lineup, locked.override, locked.rollout
    assert override is not None and rollout is not None, "a started experiment has its override"
    priority = lineup.priority(rollout.segment_id)
    shipped = {decision.option_id: EVERYTHING} if decision.option_id is not None else {}
    match decision.kind:
        case DecisionKind.KEEP_CONTROL:
            default = lineup.default.serving(Content(True, override.content.value, shipped))
        case DecisionKind.SHIP_TO_EVERYONE:
            default = lineup.default.serving(Content(True, lineup.default.content.value, shipped))
        case DecisionKind.SHIP_TO_GATE:
            plain = replace(override.serving(Content(True, override.content.value, shipped)), by_experiment=False)
            return lineup.with_override(plain, priority=priority or 1)
    return replace(lineup.without(rollout.segment_id), default=default)


def flag_facts(locked: LockedExperiment) -> dict[str, Any]:
    """The whole of what the flag serves now, and the gate before the experiment's override."""
    rollout = locked.rollout
    assert rollout is not None
    default = locked.flag.lineup.default.row
    return {
        "flagVersion": {"id": locked.flag.live.pk, "number": locked.flag.live.number},
        **lineup_facts(locked.flag.lineup, locked.flag.options),
        # Shares do not say who had what: a reversal puts back the very map.
        "defaultBucketMap": default.bucket_map_id if default else None,
        "gate": {
            "segmentId": rollout.segment_id,
            "segmentVersion": rollout.gate.number,
            "basisPoints": gate_percentage(rollout.gate),
            "system": rollout.segment.is_system,
            "open": rollout.segment.is_open,
        },
    }


def receipt(
    locked: LockedExperiment,
    decision: Decision,
    *,
    before: dict[str, Any],
    status: str,
    author: Author,
    now: datetime,
) -> dict[str, Any]:
    """What completion did: the decision, and whole states before and after it."""
    option = locked.flag.options.get(decision.option_id or 0)
    rollout = locked.rollout
    assert rollout is not None
    return {
        "decision": decision.kind.value,
        "option": {"id": option.pk, "key": option.key, "value": option.value} if option else None,
        "status": status,
        "author": {"kind": str(author.kind), "id": author.id, "name": author.name},
        "at": now.isoformat(),
        "before": before,
        "after": flag_facts(locked),
        "plainOverrides": [o for o in before["overrides"] if o["segment"]["id"] != rollout.segment_id],
    }
