"""Fields of the API's types over models. Every one is described."""

from collections.abc import Callable
from typing import Any

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry import Info
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching

from server.accounts.authors import Author
from server.schema.authors import author_of

Narrow = Callable[[QuerySet[Any], Author], QuerySet[Any]]
"""Restricts and orders a list: what of it exists for the author, and in which order."""


class ListField(StrawberryDjangoField):
    """A list of rows that knows what of it exists for whoever asks."""

    narrow: Narrow | None = None

    def get_queryset(self, queryset: Any, info: Info, **kwargs: Any) -> Any:
        """The rows, narrowed once: also where the optimizer fetches them ahead."""
        if self.narrow is not None and not is_optimized_by_prefetching(queryset):
            queryset = self.narrow(queryset, author_of(info))
        return super().get_queryset(queryset, info, **kwargs)  # type: ignore[no-untyped-call]


def field(*, description: str, **hints: Any) -> Any:
    """A field of a type over a model: its description is for the API's user."""
    return strawberry_django.field(description=description, **hints)


def computed(answer: Any = None, *, description: str, **hints: Any) -> Callable[[Callable[..., Any]], Any]:
    """A field that is computed from its row, ``root``; the hints say which columns and relations it takes.

    ``answer`` is the field's type where the resolver gives the model behind it.
    """

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry_django.field(resolver=resolver, graphql_type=answer, description=description, **hints)

    return decorate


def query(answer: Any = None, *, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A field of the root that is no list of rows."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(resolver=resolver, graphql_type=answer, description=description)

    return decorate


def list_field(resolver: Any = None, *, narrow: Narrow | None, description: str, **hints: Any) -> Any:
    """A list of rows; ``narrow`` says which of them exist for the author."""
    made = strawberry_django.field(resolver=resolver, field_cls=ListField, description=description, **hints)
    made.narrow = narrow
    return made
