"""Documents of environments, made by hand: what the serving of flags is tested with, whatever builds real ones."""

from typing import Any

from server.evaluation.snapshot import FORMAT, EnvironmentDocument

OFF_FOR_NOBODY: dict[str, Any] = {"identities": {}, "overrides": [], "options": {}, "serverOnly": False}


def flag(value: Any, value_type: str = "INTEGER") -> Any:
    """A flag that serves one value to everyone."""
    state = {"enabled": True, "value": value, "split": None}
    return {"type": value_type, "default": value, "state": state, **OFF_FOR_NOBODY}


def document(revision: int, environment_id: int = 1, **flags: Any) -> EnvironmentDocument:
    """An environment with these flags, and one, ``revision``, that serves the revision itself."""
    return {
        "format": FORMAT,
        "environment": {"id": str(environment_id), "name": "production"},
        "revision": revision,
        "segments": SEGMENTS,
        "flags": {"revision": flag(revision), **flags},
    }


def many_flags(count: int) -> dict[str, Any]:
    """Flags as a shop has them: a fifth with an override for a segment, a tenth with an experiment."""
    return {f"flag-{number:03}": _one_of_many(number) for number in range(count)}


def _one_of_many(number: int) -> Any:
    one = flag("grey", "STRING") | {"options": {"blue": "blue", "red": "red"}}
    overrides = []
    if number % 5 == 0:
        overrides.append({"segment": "1", "enabled": True, "value": "green", "split": None, "experiment": None})
    if number % 10 == 1:
        split = {"salt": f"salt-{number}", "runs": [[5000, "control"], [5000, "blue"]]}
        experiment = {"key": f"experiment-{number}", "phase": 1}
        overrides.append({"segment": "2", "enabled": True, "value": "grey", "split": split, "experiment": experiment})
    return one | {"overrides": overrides}


SEGMENTS: Any = {
    "1": {
        "name": "Beta testers",
        "system": False,
        "open": True,
        "rules": {
            "type": "ALL",
            "rules": [],
            "conditions": [{"trait": "plan", "operator": "EQUAL", "value": "beta"}],
        },
    },
    "2": {
        "name": "Gate",
        "system": True,
        "open": True,
        "rules": {
            "type": "ALL",
            "rules": [],
            "conditions": [{"trait": None, "operator": "PERCENTAGE_SPLIT", "percentage": 5000, "salt": "gate"}],
        },
    },
}
