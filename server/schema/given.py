"""What a client gave, and what it left out: between the API's inputs and the services' requests."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from server.unset import UNSET

T = TypeVar("T")


def given(value: Any) -> Any:
    """The value, or the services' mark where the client left it out; null is a value."""
    return UNSET if value is strawberry.UNSET else value


def changed(value: Any) -> Any:
    """The value of a field that may change; left out or null, the field stays as it is."""
    return UNSET if value is None or value is strawberry.UNSET else value


def or_default(value: T | None, default: T) -> T:
    """The value; what is left out or null counts as the default."""
    return default if value is None or value is strawberry.UNSET else value


def each(items: list[Any] | None, convert: Callable[[Any], T]) -> tuple[T, ...]:
    """Every item converted; a list that is left out or null has none."""
    return tuple(convert(item) for item in or_default(items, []))
