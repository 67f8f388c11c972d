"""The receipt of a completion: whole states, before and after, in plain JSON."""

from datetime import timedelta
from typing import Any

import pytest

from server.experimentation.models import Experiment
from server.features.models import Feature, Option, Segment
from tests.experimentation.acting import (
    KEEP_CONTROL,
    change_flag,
    complete,
    override,
    pause,
    ship_to_everyone,
    ship_to_gate,
    start,
)
from tests.experimentation.reading import facts, live, rollout_of
from tests.factories import NOW, World, split_of

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def staff(world: World, feature: Feature) -> Segment:
    """A plain override that serves gold."""
    segment = world.segment("Staff")
    change_flag(world, feature, override(segment, value="gold"))
    return segment


@pytest.fixture
def running(world: World, feature: Feature, staff: Segment) -> Experiment:
    """A running experiment behind it: control is green, blue gets half of a fifth."""
    rollout = split_of(feature, {"blue": 50}, control_value="green", enabled=False)
    return start(world, world.experiment(feature, rollout=rollout, name="Colour"))


def blue(feature: Feature) -> Option:
    return feature.options.get(key="blue")


def state(
    segment: Segment | None, priority: int | None, enabled: bool, value: str, *shares: dict[str, Any]
) -> dict[str, Any]:
    return {
        "segment": {"id": segment.pk, "name": segment.name} if segment else None,
        "priority": priority,
        "enabled": enabled,
        "value": value,
        "allocations": list(shares),
    }


def share(option: Option, basis_points: int) -> dict[str, Any]:
    return {"optionId": option.pk, "key": option.key, "basisPoints": basis_points}


def gate(segment: Segment, *, system: bool, opened: bool) -> dict[str, Any]:
    return {
        "segmentId": segment.pk,
        "segmentVersion": 1,
        "basisPoints": 2000,
        "system": system,
        "open": opened,
    }


def version(world: World, feature: Feature) -> dict[str, int]:
    return {"id": live(world, feature).pk, "number": live(world, feature).number}


def default_map(world: World, feature: Feature) -> int:
    """The bucket map that the default has in the live version."""
    default = world.flag(feature).live_version.placements.get(segment=None)
    return default.state.bucket_map_id


def test_keeping_control(world: World, feature: Feature, staff: Segment, running: Experiment) -> None:
    own, before = rollout_of(running).segment, version(world, feature)

    receipt = complete(world, running, KEEP_CONTROL, LATER).receipt

    assert receipt == {
        "decision": "KEEP_CONTROL",
        "option": None,
        "status": "RUNNING",
        "author": {"kind": "USER", "id": world.author.id, "name": world.author.name},
        "at": "2026-01-02T04:04:05+00:00",
        "before": {
            "flagVersion": before,
            "default": state(None, None, True, "grey"),
            "overrides": [
                state(staff, 1, True, "gold"),
                state(own, 2, False, "green", share(blue(feature), 5000)),
            ],
            "defaultBucketMap": None,
            "gate": gate(own, system=True, opened=True),
        },
        "after": {
            "flagVersion": version(world, feature),
            "default": state(None, None, True, "green"),
            "overrides": [state(staff, 1, True, "gold")],
            "defaultBucketMap": None,
            "gate": gate(own, system=True, opened=False),
        },
        "plainOverrides": [state(staff, 1, True, "gold")],
    }


def test_shipping_to_everyone(world: World, feature: Feature, staff: Segment, running: Experiment) -> None:
    option = blue(feature)
    pause(world, running)

    receipt = facts(complete(world, running, ship_to_everyone(option.pk)).receipt)

    own = rollout_of(running).segment
    assert (receipt["decision"], receipt["status"]) == ("SHIP_TO_EVERYONE", "PAUSED")
    assert receipt["option"] == {"id": option.pk, "key": "blue", "value": "blue"}
    assert receipt["before"]["gate"] == gate(own, system=True, opened=False)
    assert receipt["after"] == {
        "flagVersion": version(world, feature),
        "default": state(None, None, True, "grey", share(option, 10_000)),
        "overrides": [state(staff, 1, True, "gold")],
        "defaultBucketMap": default_map(world, feature),
        "gate": gate(own, system=True, opened=False),
    }
    assert receipt["plainOverrides"] == [state(staff, 1, True, "gold")]


def test_shipping_to_the_gate(world: World, feature: Feature, staff: Segment, running: Experiment) -> None:
    option = blue(feature)

    receipt = facts(complete(world, running, ship_to_gate(option.pk)).receipt)

    own = rollout_of(running).segment
    assert receipt["decision"] == "SHIP_TO_GATE"
    assert receipt["after"] == {
        "flagVersion": version(world, feature),
        "default": state(None, None, True, "grey"),
        "overrides": [
            state(staff, 1, True, "gold"),
            state(own, 2, True, "green", share(option, 10_000)),
        ],
        "defaultBucketMap": None,
        "gate": gate(own, system=False, opened=True),
    }
    assert receipt["plainOverrides"] == [state(staff, 1, True, "gold")]


def test_without_plain_overrides_none_are_listed(world: World, feature: Feature) -> None:
    experiment = start(world, world.experiment(feature))

    assert facts(complete(world, experiment).receipt)["plainOverrides"] == []
