"""Fields of the API's types over models. Every one is described."""

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any, cast

import strawberry
import strawberry_django
from django.core.exceptions import ObjectDoesNotExist
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


class RowField(StrawberryDjangoField):
    """A field that is read off its row: a column, a single related row, or what a resolver makes of the row.

    The library's own field asks for each value whether it may be a list that is still to
    be fetched, and builds an ``Info`` to ask with; on a list of a hundred experiments that
    is half of the time. Here there is no list and nothing to fetch: the optimizer has
    planned ahead, and what it has not is loaded by the model.
    """

    @property
    def is_basic_field(self) -> bool:
        """Resolved from the row alone, without an ``Info``."""
        return True

    @cached_property
    def _read(self) -> Callable[[Any], Any]:
        if self.base_resolver is not None:
            return cast(Callable[[Any], Any], self.base_resolver._unbound_wrapped_func)
        return attrgetter(self.django_name or self.python_name)

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The value; a related row that is not there is None."""
        try:
            return self._read(source)
        except ObjectDoesNotExist:
            return None


def field(*, description: str, **hints: Any) -> Any:
    """A column or a single related row of a type's model: its description is for the API's user."""
    return strawberry_django.field(field_cls=RowField, description=description, **hints)


def computed(answer: Any = None, *, description: str, **hints: Any) -> Callable[[Callable[..., Any]], Any]:
    """A field that is computed from its row, ``root``; the hints say which columns and relations it takes.

    ``answer`` is the field's type where the resolver gives the model behind it.
    """

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry_django.field(
            resolver=resolver, field_cls=RowField, graphql_type=answer, description=description, **hints
        )

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
