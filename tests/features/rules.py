"""Rules of segments, as people write them."""

from typing import Any


def condition(trait: str | None, operator: str, value: Any = None, **fields: Any) -> dict[str, Any]:
    """One condition."""
    return {"trait": trait, "operator": operator} | ({} if value is None else {"value": value}) | fields


def split(share: int, **fields: Any) -> dict[str, Any]:
    """A percentage split by the targeting key."""
    return condition(None, "PERCENTAGE_SPLIT", percentage=share, **fields)


def rule(*conditions: dict[str, Any], type: str = "ALL", rules: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A rule over these conditions and rules."""
    return {"type": type, "rules": list(rules), "conditions": list(conditions)}


PRO = condition("plan", "EQUAL", "pro")
