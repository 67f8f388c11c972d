"""What a process says of how it serves flags and takes events, to probes and to people; nothing of what is in them."""

from __future__ import annotations

import orjson

from server.serving.follower import Follower
from server.serving.intake_door import IntakeDoor
from server.serving.messages import Response

_HEADERS = (("content-type", "application/json"), ("cache-control", "no-store"))

UP = Response(200, _HEADERS, orjson.dumps({"status": "up"}))


def state_of(follower: Follower) -> dict[str, object]:
    """How well the store follows the database, and what is wrong in it."""
    alarms, stale = follower.store.alarms, follower.stale_seconds()
    state: dict[str, object] = {
        "environments": len(follower.store.revisions()),
        "database": "followed" if stale is None else "unreachable",
        "failures": alarms.failures,
    }
    if stale is not None:
        state["staleSeconds"] = stale
    if alarms.failing:
        state["failingEnvironments"] = sorted(map(str, alarms.failing))
    if faults := follower.store.faults():
        state["faultyFlags"] = {str(environment_id): len(keys) for environment_id, keys in faults.items()}
    return state


def state_of_intake(intake: IntakeDoor | None) -> dict[str, object]:
    """Whether events are taken here, and what has been lost."""
    if intake is None:
        return {"taken": False}
    writer = intake.writer
    state: dict[str, object] = {
        "taken": writer.reachable and not writer.full,
        "database": "reachable" if writer.reachable else "unreachable",
        "outbox": "full" if writer.full else "open",
        "bytesHeld": intake.room.taken,
        "exposuresRecorded": writer.exposures.recorded,
    }
    if dropped := writer.exposures.dropped:
        state["exposuresDropped"] = dropped
    return state


def readiness(follower: Follower, intake: IntakeDoor | None = None) -> Response:
    """Ready once the keys are in memory, and from then on: without a database memory answers.

    Whether events are taken is told beside that, and makes nobody unready: flags go on.
    """
    if not follower.ready.is_set():
        return Response(503, _HEADERS, orjson.dumps({"status": "unavailable", "wrong": ["database"]}))
    said = {"status": "ready", "flags": state_of(follower), "events": state_of_intake(intake)}
    return Response(200, _HEADERS, orjson.dumps(said))
