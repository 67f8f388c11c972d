"""Fields that read a flag state, of whatever has one: a place in a version, or a rollout."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet

from server.schema.fields import computed, field
from server.versioning.models import Allocation, FlagState


def of_state(answer: Any, read: Callable[[FlagState], Any], *columns: str, description: str) -> Any:
    """A field of a row with a ``state``: what ``read`` finds in these columns of the state."""

    def resolve(root: Any) -> Any:
        return read(root.state)

    hints = {"only": [f"state__{column}" for column in columns], "select_related": ["state"]}
    return computed(answer, description=description, **hints)(resolve)


def of_shares(answer: Any, read: Callable[[FlagState], Any], *, description: str) -> Any:
    """A field of a row with a ``state``: what ``read`` finds in the state's allocations."""

    def resolve(root: Any) -> Any:
        return read(root.state)

    hints = {"only": ["state__id"], "select_related": ["state"]}
    return computed(answer, description=description, prefetch_related=[_shares], **hints)(resolve)


def of_map(*, description: str) -> Any:
    """A field of a row with a ``state``: the state's bucket map, or null."""
    return field(
        field_name="state__bucket_map",
        select_related=["state"],
        only=["state__bucket_map"],
        description=description,
    )


def _shares(_info: Any) -> "Prefetch[str, QuerySet[Allocation], str]":
    """The state's allocations with their options, by one statement."""
    return Prefetch("state__allocations", Allocation.objects.select_related("option"))
