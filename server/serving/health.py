"""What a process says of its serving of flags, to probes and to people; it says nothing about what is served."""

from __future__ import annotations

import orjson

from server.serving.follower import Follower
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


def readiness(follower: Follower) -> Response:
    """Ready once the keys are in memory, and from then on: without a database memory answers."""
    if not follower.ready.is_set():
        return Response(503, _HEADERS, orjson.dumps({"status": "unavailable", "wrong": ["database"]}))
    return Response(200, _HEADERS, orjson.dumps({"status": "ready", "flags": state_of(follower)}))
