"""Fields of the API's types over models. Every one is described."""

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, cast

import strawberry
import strawberry_django
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from strawberry import Info
from strawberry.types.arguments import StrawberryArgument
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching

from server.schema.authors import author_of
from server.schema.narrowing import arguments_of

Narrow = Callable[..., QuerySet[Any]]
"""Restricts and orders a list, given its rows and the author: what of it exists for the author, and in which order.

Its keyword arguments are the field's: what the list can be narrowed and ordered by.
"""


class ListField(StrawberryDjangoField):
    """A list of rows that knows what of it exists for whoever asks."""

    narrow: Narrow | None = None
    narrowing: Sequence[StrawberryArgument] = ()

    def get_queryset(self, queryset: Any, info: Info, **kwargs: Any) -> Any:
        """The rows, narrowed once: also where the optimizer fetches them ahead."""
        asked = {name: kwargs.pop(name) for name in (given.python_name for given in self.narrowing) if name in kwargs}
        if self.narrow is not None and not is_optimized_by_prefetching(queryset):
            queryset = self.narrow(queryset, author_of(info), **asked)
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
        """Resolved from the row alone, without an ``Info``: unless an extension wants to see it."""
        return not self.extensions

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        """What reads the value off a row."""
        if self.base_resolver is not None:
            return cast(Callable[[Any], Any], self.base_resolver._unbound_wrapped_func)
        name = self.django_name or self.python_name
        return _along(name.split(LOOKUP_SEP)) if LOOKUP_SEP in name else attrgetter(name)

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The value; a related row that is not there is None."""
        try:
            return self.read(source)
        except ObjectDoesNotExist:
            return None


def _along(path: Sequence[str]) -> Callable[[Any], Any]:
    """Reads what stands at the end of a path of relations; None where one of them is not there."""

    def read(source: Any) -> Any:
        for name in path:
            source = None if source is None else getattr(source, name)
        return source

    return read


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


def asked(*, description: str, **hints: Any) -> Callable[[Callable[..., Any]], Any]:
    """A field that is computed from its row and from what was asked: from arguments, or from the ``info``."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry_django.field(resolver=resolver, description=description, **hints)

    return decorate


def query(answer: Any = None, *, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A field of the root that is no list of rows."""

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(resolver=resolver, graphql_type=answer, description=description)

    return decorate


def list_field(resolver: Any = None, *, narrow: Narrow | None, description: str, **hints: Any) -> Any:
    """A list of rows; ``narrow`` says which of them exist for the author, and by what a connection narrows them."""
    made = strawberry_django.field(resolver=resolver, field_cls=ListField, description=description, **hints)
    if narrow is not None:
        made.narrow, made.narrowing = narrow, arguments_of(narrow)
    return made
