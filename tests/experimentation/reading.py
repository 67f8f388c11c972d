"""Reads flags, segments and tables back as plain values, past the services; never writes."""

from typing import Any

import pytest
from django.apps import apps

from server.audit.models import AuditRecord
from server.errors import InvalidInput
from server.evaluation.buckets import Runs, shares_of
from server.experimentation.models import Experiment, Phase, PhaseStep, Rollout
from server.features.models import Feature, Hold, Segment
from server.versioning.maps import runs_of
from server.versioning.models import BucketMap, FlagState, FlagVersion
from tests.factories import World

State = tuple[bool, Any, dict[str, int]]
"""Enabled, value, and the options' shares in basis points by their keys."""

Override = tuple[int, State]
"""The id of a segment, and what is served to it."""


def state_of(state: FlagState) -> State:
    """A stored state."""
    return state.enabled, state.value, {a.option.key: a.share for a in state.allocations.all()}


def states_of(version: FlagVersion) -> tuple[list[Override], State]:
    """A version's overrides in their order, and its default."""
    placements = list(version.placements.order_by("priority"))
    overrides = [(p.segment_id, state_of(p.state)) for p in placements if p.segment_id is not None]
    assert [p.priority for p in placements if p.segment_id] == list(range(1, len(overrides) + 1))
    (default,) = [state_of(p.state) for p in placements if p.segment_id is None]
    return overrides, default


def live(world: World, feature: Feature) -> FlagVersion:
    """The version that the flag is at."""
    version = world.flag(feature).live_version
    assert version is not None
    return version


def states(world: World, feature: Feature) -> tuple[list[Override], State]:
    """What the flag consists of now."""
    return states_of(live(world, feature))


def served(world: World, feature: Feature) -> tuple[list[Override], State]:
    """What reaches anybody at all: overrides behind a closed segment do not."""
    overrides, default = states(world, feature)
    opened = set(Segment.objects.filter(is_open=True).values_list("pk", flat=True))
    return [o for o in overrides if o[0] in opened], default


def rollout_of(experiment: Experiment) -> Rollout:
    """The experiment's rollout as it is stored."""
    return Rollout.objects.select_related("segment", "gate", "state", "flag_version").get(experiment=experiment)


def gate_of(experiment: Experiment) -> tuple[int, str]:
    """The gate's share in basis points, and its salt."""
    gate = rollout_of(experiment).gate
    assert gate.rules == {
        "type": "ALL",
        "rules": [],
        "conditions": [
            {
                "trait": None,
                "operator": "PERCENTAGE_SPLIT",
                "percentage": gate.rules["conditions"][0]["percentage"],
                "salt": gate.rules["conditions"][0]["salt"],
            }
        ],
    }
    return gate.rules["conditions"][0]["percentage"], gate.rules["conditions"][0]["salt"]


def holds() -> list[tuple[str, int | None]]:
    """Every hold: what it forbids, and the segment that it is on."""
    return sorted(Hold.objects.values_list("forbids", "segment_id"), key=str)


def audit_of(experiment: Experiment) -> list[AuditRecord]:
    """The experiment's audit rows, the oldest first."""
    return list(AuditRecord.objects.filter(object_type="Experiment", object_id=experiment.pk).order_by("pk"))


def facts(document: Any) -> dict[str, Any]:
    """A JSON document that is there, as it is."""
    assert isinstance(document, dict)
    return document


def actions() -> list[str]:
    """What the audit log tells of, the oldest first."""
    return list(AuditRecord.objects.order_by("pk").values_list("action", flat=True))


def revision(world: World) -> int:
    """The environment's revision."""
    world.environment.refresh_from_db()
    return world.environment.revision


def counts() -> dict[str, int]:
    """How many rows each table of ours has."""
    ours = ("audit", "accounts", "projects", "features", "versioning", "experimentation")
    models = [model for app in ours for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model._default_manager.count() for model in models}


def added(before: dict[str, int]) -> dict[str, int]:
    """How many rows more there are now, for the tables that have not got as many as before."""
    return {name: count - before[name] for name, count in counts().items() if count != before[name]}


def problems(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    """Path and code of every problem that a refusal names, in its order."""
    return [(".".join(map(str, problem.path)), problem.code) for problem in refused.value.problems]


def phases_of(experiment: Experiment) -> list[Phase]:
    """The experiment's phases, the first one first."""
    return list(Phase.objects.select_related("bucket_map").filter(experiment=experiment).order_by("number"))


def steps_of(phase: Phase) -> list[tuple[str, int]]:
    """What happened to the phase, the earliest first, and the gate from then on in basis points."""
    return list(PhaseStep.objects.filter(phase=phase).order_by("pk").values_list("kind", "percentage"))


def runs(bucket_map: BucketMap | None) -> Runs:
    """Which arm has which bucket; the map is there."""
    assert bucket_map is not None
    return runs_of(bucket_map)


def least(before: Runs, after: Runs) -> int:
    """How many buckets have to move from the shares of the one to those of the other: ½·Σ|Δ|."""
    ours, theirs = shares_of(before), shares_of(after)
    return sum(abs(ours.get(arm, 0) - theirs.get(arm, 0)) for arm in {*ours, *theirs}) // 2
