"""A snapshot of an environment with a flag for everything that the protocol's door tells apart."""

from typing import Any

from server.evaluation.engine import compile_environment
from server.serving.ofrep_answers import Answers, encoded

SPLIT = {"salt": "s", "runs": [[5_000, "control"], [5_000, "blue"]]}
NEARLY_ALL_BLUE = {"salt": "s", "runs": [[1, "control"], [9_999, "blue"]]}


def flag(value_type: str, value: Any, **given: Any) -> dict[str, Any]:
    """A flag that serves one value to everybody, but for what is given."""
    state = {"enabled": True, "value": value, "split": None} | given.pop("state", {})
    return {
        "type": value_type,
        "serverOnly": False,
        "default": value,
        "options": {},
        "identities": {},
        "overrides": [],
        "state": state,
    } | given


def snapshot(revision: int = 42, **more: dict[str, Any]) -> dict[str, Any]:
    """The environment, with flags added or changed."""
    gate = {"type": "ALL", "rules": [], "conditions": [percentage("gate", 100)]}
    audience = {"type": "ALL", "rules": [], "conditions": [equals("country", "NL")]}
    return {
        "format": 1,
        "environment": {"id": "12", "name": "production"},
        "revision": revision,
        "segments": {
            "7": {"name": "Gate", "system": True, "open": True, "rules": gate},
            "8": {"name": "The Netherlands", "system": False, "open": True, "rules": audience},
        },
        "flags": {
            "boolean": flag("BOOLEAN", True),
            "string": flag("STRING", 'naïve "text" 🎲'),
            "integer": flag("INTEGER", 7),
            "float": flag("FLOAT", 20),
            "json": flag("JSON", {"size": [1, 2.5, None], "nested": {"on": True}}),
            "list": flag("JSON", [1, "two"]),
            "off": flag("STRING", "the default", state={"enabled": False, "value": "never"}),
            "secret": flag("STRING", "for servers", serverOnly=True),
            "named": flag(
                "STRING",
                "grey",
                options={"blue": "#00f"},
                identities={
                    "user-1": {"enabled": True, "variant": "blue"},
                    "user-2": {"enabled": True, "value": "of her own"},
                },
            ),
            "split": flag("STRING", "grey", options={"blue": "#00f"}, state={"split": SPLIT}),
            "targeted": flag(
                "STRING",
                "grey",
                overrides=[{"segment": "8", "enabled": True, "value": "orange", "split": None, "experiment": None}],
            ),
            "checkout": flag(
                "STRING",
                "grey",
                options={"blue": "#00f"},
                overrides=[
                    {
                        "segment": "7",
                        "enabled": True,
                        "value": "grey",
                        "split": NEARLY_ALL_BLUE,
                        "experiment": {"key": "new-checkout", "phase": 2},
                    }
                ],
            ),
            **more,
        },
    }


def percentage(salt: str, percent: int) -> dict[str, Any]:
    """A condition on the targeting key's bucket."""
    return {"trait": None, "operator": "PERCENTAGE_SPLIT", "percentage": percent * 100, "salt": salt}


def equals(trait: str, value: Any) -> dict[str, Any]:
    """A condition on a trait's value."""
    return {"trait": trait, "operator": "EQUAL", "value": value}


def answers(revision: int = 42, **more: dict[str, Any]) -> Answers:
    """What the environment answers."""
    return Answers(compile_environment(snapshot(revision, **more), encode=encoded))
