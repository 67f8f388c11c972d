"""Forced values as they are asked for: what may be wrong with one, and what the audit log says. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.checks import text_problems
from server.errors import Problem
from server.features.models import Option
from server.features.values import value_problems
from server.unset import UNSET, Unset
from server.versioning.models import MAX_TARGETING_KEY, IdentityOverride

MAX_IDENTITY_OVERRIDES = 1_000
"""For one flag: they are for a few known units, and every process that serves flags has them all in memory."""

TOO_MANY = Problem(
    ("input",),
    "TOO_MANY",
    f"A flag forces values on at most {MAX_IDENTITY_OVERRIDES:,} targeting keys: a segment reaches more.",
)


@dataclass(frozen=True, slots=True)
class ForcedValue:
    """What one targeting key is to be served: exactly one of an option and a value of its own."""

    option_id: int | Unset = UNSET
    value: Any = UNSET
    enabled: bool = True


def targeting_key_problems(targeting_key: object) -> list[Problem]:
    """Everything that is wrong with the targeting key of an identity override."""
    return text_problems(targeting_key, path=("input", "targetingKey"), max_length=MAX_TARGETING_KEY, allow_blank=False)


def forced_value_problems(forced: ForcedValue, *, value_type: str, options: Mapping[int, Option]) -> list[Problem]:
    """Everything that is wrong with a forced value for a feature of this type, with these options."""
    if (forced.option_id is UNSET) == (forced.value is UNSET):
        return [Problem(("input",), "NOT_EXACTLY_ONE", _not_exactly_one(forced))]
    if forced.value is not UNSET:
        return value_problems(forced.value, value_type, path=("input", "value"))
    if forced.option_id in options:
        return []
    return [Problem(("input", "optionId"), "UNKNOWN_OPTION", "The feature has no option with this id.")]


def _not_exactly_one(forced: ForcedValue) -> str:
    if forced.value is not UNSET:
        return "Give either an option or a value, and not both."
    if forced.enabled:
        return "Give an option or a value."
    return (
        "Give an option or a value also where enabled is false: the unit is served the feature's default value, and "
        "what you give as soon as it is enabled."
    )


def identity_override_facts(override: IdentityOverride) -> dict[str, Any]:
    """The whole override as plain JSON."""
    option = override.option
    return {
        "targetingKey": override.targeting_key,
        "enabled": override.enabled,
        "option": {"id": option.pk, "key": option.key} if option else None,
        "value": override.value,
    }
