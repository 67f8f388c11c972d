"""Has the results of what was visited computed, waits for them, and puts them into words. Infers nothing."""

import threading
import time
from collections.abc import Callable
from typing import Any

from simulation import operations
from simulation.api import Api
from simulation.failures import Stopped
from simulation.scene import Scene, Visited

SECONDS_BETWEEN_LOOKS = 1.0


def verdicts(api: Api, scene: Scene, *, seconds: float, stop: threading.Event) -> list[str]:
    """A paragraph of lines for each experiment: what its results say once all events are in them.

    Raises:
        Stopped: the end was asked for meanwhile.
    """
    deadline = time.monotonic() + seconds

    def until(holds: Callable[[], bool]) -> bool:
        while not holds():
            if time.monotonic() > deadline:
                return False
            if stop.wait(SECONDS_BETWEEN_LOOKS):
                raise Stopped
        return True

    if not until(lambda: not _waiting(api, scene)):
        return ["The events wait in the outbox still: is a worker running? Look at the results later."]
    return [line for experiment in scene.experiments for line in _computed(api, experiment, until)]


def _computed(api: Api, experiment: Visited, until: Callable[[Callable[[], bool]], bool]) -> list[str]:
    before = _attempts(_results(api, experiment))
    api.ask(operations.REFRESH, experiment=experiment.id)
    if until(lambda: _attempts(_results(api, experiment)) > before):
        return said_of(experiment, _results(api, experiment))
    return [f"{experiment.name}: the results are not computed yet; look later."]


def said_of(experiment: Visited, found: dict[str, Any]) -> list[str]:
    """What the API tells of an experiment, as lines."""
    failure = (found["resultsState"]["lastAttempt"] or {}).get("failure")
    if failure:
        return [f"{experiment.name}: the results could not be computed: {failure['message']}"]
    lines = [f"{experiment.name}:"]
    if exposures := found["exposures"]:
        judged = exposures["judged"]
        units = ", ".join(f"{each['variant']} {each['units']:,}" for each in judged["variants"])
        lines.append(f"  {judged['units']:,} units ({units}), {judged['quarantined']:,} quarantined.")
    verdict = found["results"]["verdict"]
    lines.append(f"  {verdict['message']}")
    lines += [
        f"  Health: {check['message']}"
        for check in found["health"]["checks"]
        if check["status"] in ("PROBLEM", "WARNING")
    ]
    return lines


def _waiting(api: Api, scene: Scene) -> int:
    found = api.ask(operations.WAITING, environment=scene.environment)
    return int(found["node"]["ingestion"]["backlogEvents"])


def _results(api: Api, experiment: Visited) -> dict[str, Any]:
    node: dict[str, Any] = api.ask(operations.RESULTS, experiment=experiment.id)["node"]
    return node


def _attempts(found: dict[str, Any]) -> int:
    attempt = found["resultsState"]["lastAttempt"]
    return int(attempt["number"]) if attempt else 0
