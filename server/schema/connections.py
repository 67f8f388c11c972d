"""Relay connections, forwards only: a page of a list, its total, and the cursor of the next page."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import strawberry
from django.db.models import QuerySet
from strawberry import relay
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoConnectionExtension
from strawberry_django.optimizer import is_optimized_by_prefetching
from strawberry_django.relay import DjangoListConnection

from server.schema.fields import ListField, Narrow, list_field
from server.schema.http.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

if TYPE_CHECKING:
    T = TypeVar("T")

    class Connection(Generic[T]):
        """What mypy takes for the library's connection, which asks for nodes of its own kind."""
else:
    # The class itself: the optimizer plans nested pages for it, and for no subclass.
    Connection = DjangoListConnection


class Pages(StrawberryDjangoConnectionExtension):
    """Gives a field ``first`` and ``after``, and answers with a page.

    The default of ``first`` stands in the schema, because nested pages are planned from
    the document before any resolver runs. Backwards there is nothing: a client that
    wants the end asks for another order.
    """

    def apply(self, field: StrawberryField) -> None:
        """Add the arguments to the field, and those by which its list is narrowed."""
        super().apply(field)
        paging = {"before", "after", "first", "last"}
        field.arguments = [
            *(argument for argument in field.arguments if argument.python_name not in paging),
            StrawberryArgument(
                python_name="first",
                graphql_name=None,
                type_annotation=StrawberryAnnotation(int),
                description=f"How many to return: at most {MAX_PAGE_SIZE}.",
                default=DEFAULT_PAGE_SIZE,
            ),
            StrawberryArgument(
                python_name="after",
                graphql_name=None,
                type_annotation=StrawberryAnnotation(str | None),
                description="Return what comes after this cursor: the `endCursor` of the page before.",
                default=None,
            ),
            *(field.narrowing if isinstance(field, ListField) else ()),
        ]

    def resolve(
        self,
        next_: Any,
        source: Any,
        info: strawberry.Info,
        *,
        before: str | None = None,
        after: str | None = None,
        first: int | None = DEFAULT_PAGE_SIZE,
        last: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """The page. The first one that was fetched with its parents, and is empty, asks nothing more."""
        nodes = next_(source, info, **kwargs)
        is_first = first != 0 and after is None
        if isinstance(nodes, QuerySet) and is_optimized_by_prefetching(nodes) and is_first and not nodes:
            empty: Any = self.connection_type
            return empty(edges=[], page_info=_NO_PAGE, nodes=[])
        page: dict[str, Any] = {"info": info, "first": first, "after": after, "max_results": self.max_results}
        if not isinstance(nodes, QuerySet) or is_optimized_by_prefetching(nodes):
            return self.connection_type.resolve_connection(nodes, **page)
        # Without the total as a window over the page: PostgreSQL would join every row of the
        # list for it. Whoever asks for the total gets it by a statement that joins nothing.
        without_total: Any = relay.ListConnection.resolve_connection
        answer = without_total.__func__(self.connection_type, nodes, **page)
        answer.nodes = nodes
        return answer


_NO_PAGE = relay.PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None)


def connection(resolver: Any = None, *, description: str, narrow: Narrow | None = None, **hints: Any) -> Any:
    """A field that answers with a page: of a resolver's queryset, or of the model's relation.

    A relation needs ``narrow``: what of it exists for the author, and in which order. Its
    keyword arguments become the field's.
    """
    return list_field(
        resolver,
        narrow=narrow,
        description=description,
        extensions=[Pages(max_results=MAX_PAGE_SIZE)],
        **hints,
    )
