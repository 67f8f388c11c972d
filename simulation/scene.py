"""Finds where visitors go, and makes what lacks there: a key, metrics, an experiment with a plan. Visits nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simulation import operations
from simulation.api import Api
from simulation.failures import SimulationFailure

OURS = "Simulation"
"""What experiments of simulations are called."""

KEY_LASTS = timedelta(days=1)
ACTIVE = ["DRAFT", "RUNNING", "PAUSED"]
ORDERS = {"event": "order_placed"}
METRICS: dict[str, dict[str, Any]] = {
    "simulated-orders": {"name": "Visitors who order (simulation)", "definition": {"proportion": ORDERS}},
    "simulated-revenue": {
        "name": "Revenue per visitor (simulation)",
        "definition": {"sum": {**ORDERS, "winsorisePercentile": 99}},
    },
    "simulated-order-value": {
        "name": "Value of an order (simulation)",
        "definition": {
            "ratio": {"numerator": {**ORDERS, "aggregate": "SUM"}, "denominator": {**ORDERS, "aggregate": "COUNT"}}
        },
    },
    "simulated-loading": {
        "name": "Mean loading time (simulation)",
        "definition": {"mean": {"event": "page_loaded"}},
        "direction": "LOWER_IS_BETTER",
    },
}


@dataclass(frozen=True, slots=True)
class Visited:
    """An experiment that runs, and the flag that asks who is in it; ``variants`` are control first."""

    id: str
    key: str
    name: str
    flag: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """An environment, a key of it, and what is visited there."""

    environment: str
    environment_key: str = field(repr=False)
    experiments: tuple[Visited, ...]


def set_scene(api: Api, *, environment: str, project: str, running: bool) -> Scene:
    """What there is to visit: all that runs, or an experiment of the simulation's own.

    Raises:
        SimulationFailure: there is no such environment, nothing runs in it, or something was refused.
    """
    found = _environment(api, environment, project)
    experiments = _running(api, found["id"])
    if not running:
        ours = [each for each in experiments if each.name.startswith(OURS)][:1]
        experiments = ours or [_new_experiment(api, found)]
    if not experiments:
        raise SimulationFailure(f"no experiment runs in {environment}: start one, or leave out --running")
    expires = datetime.now(UTC) + KEY_LASTS
    key = {"environmentId": found["id"], "name": OURS, "kind": "SERVER", "expiresAt": expires.isoformat()}
    created = api.ask(operations.CREATE_KEY, input=key)["createEnvironmentKey"]
    return Scene(found["id"], created["key"], tuple(experiments))


def free_features(flags: Iterable[dict[str, Any]], experiments: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those with options that no experiment has taken and no override divides: those with most options first."""
    taken = {each["feature"]["id"] for each in experiments}
    plain = [
        flag["feature"] for flag in flags if [state["enabled"] for state in flag["liveVersion"]["states"]] == [True]
    ]
    free = [feature for feature in plain if feature["options"] and feature["id"] not in taken]
    return sorted(free, key=lambda each: (-len(each["options"]), each["key"]))


def _environment(api: Api, name: str, project: str) -> dict[str, Any]:
    found = _nodes(api.ask(operations.ENVIRONMENTS, text=name)["environments"])
    for each in found:
        if each["name"] == name and project in ("", each["project"]["name"]):
            return each
    said = f" of a project {project}" if project else ""
    raise SimulationFailure(f"there is no environment {name}{said} that this key may see: name one with --environment")


def _running(api: Api, environment: str) -> list[Visited]:
    found = _nodes(api.ask(operations.EXPERIMENTS, environment=environment, status=["RUNNING"])["experiments"])
    return [_visited(each, each["feature"]) for each in found]


def _new_experiment(api: Api, environment: dict[str, Any]) -> Visited:
    """On a free flag, or on a new one where none is free: all units, in equal shares of control and two options."""
    project = environment["project"]["id"]
    taken = _nodes(api.ask(operations.EXPERIMENTS, environment=environment["id"], status=ACTIVE)["experiments"])
    free = free_features(_nodes(api.ask(operations.FLAGS, environment=environment["id"])["flags"]), taken)
    feature = free[0] if free else _new_feature(api, project)
    options = feature["options"][:2]
    shares = [{"optionId": option["id"], "percentage": 100 // (len(options) + 1)} for option in options]
    created = api.ask(
        operations.CREATE_EXPERIMENT,
        input={
            "environmentId": environment["id"],
            "featureId": feature["id"],
            "name": f"{OURS} on {feature['key']}",
            "hypothesis": "Visitors that are made up order more with the first option.",
        },
        rollout={"percentage": 100, "multivariateValues": shares},
    )["createExperiment"]
    api.ask(operations.SET_PLAN, experiment=created["id"], plan=_plan(_metrics(api, project)))
    api.ask(operations.START, experiment=created["id"])
    return _visited(created, {**feature, "options": options})


def _plan(metrics: dict[str, str]) -> dict[str, Any]:
    primary, *secondary, guardrail = (metrics[key] for key in METRICS)
    return {
        "primaryMetricId": primary,
        "secondaryMetricIds": secondary,
        "guardrails": [{"metricId": guardrail, "margin": 0.1, "scale": "RELATIVE"}],
        "scale": "RELATIVE",
        "minimumEffect": 0.05,
        "dimensions": ["device"],
    }


def _metrics(api: Api, project: str) -> dict[str, str]:
    """The ids of the simulation's metrics; those that lack are made."""
    there = {each["key"]: str(each["id"]) for each in _nodes(api.ask(operations.METRICS, project=project)["metrics"])}
    for key, facts in METRICS.items():
        if key not in there:
            made = api.ask(operations.CREATE_METRIC, input={"projectId": project, "key": key, **facts})
            there[key] = made["createMetric"]["id"]
    return there


def _new_feature(api: Api, project: str) -> dict[str, Any]:
    named = _nodes(api.ask(operations.FEATURES, project=project, text="simulation-")["features"])
    feature: dict[str, Any] = api.ask(
        operations.CREATE_FEATURE,
        input={
            "projectId": project,
            "key": f"simulation-{len(named) + 1}",
            "description": "Made by a simulation, because every other feature had an experiment.",
            "valueType": "STRING",
            "value": "grey",
            "options": [{"key": key, "value": key} for key in ("blue", "red")],
        },
    )["createFeature"]
    return feature


def _visited(experiment: dict[str, Any], feature: dict[str, Any]) -> Visited:
    variants = ("control", *(option["key"] for option in feature["options"]))
    return Visited(experiment["id"], experiment["key"], experiment["name"], feature["key"], variants)


def _nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]
