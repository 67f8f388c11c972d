"""What all mutations share: an answer that is the object or a refusal."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any

import strawberry

from server.schema.refusals import Conflict, InvalidInput, Locked, NotAllowed, NotFound, refusable

REFUSALS: tuple[Any, ...] = (InvalidInput, NotFound, NotAllowed, Conflict, Locked)


def result(name: str, success: Any, *also: Any) -> Any:
    """The union of the object, what else may be answered, and every kind of refusal, under this name."""
    description = f"{_article(success.__name__)}, or why the rules do not allow what was asked for."
    members = reduce(or_, (*also, *REFUSALS), success)
    return Annotated[members, strawberry.union(name, description=description)]


def mutation(answer: Any, *, description: str, name: str | None = None) -> Callable[[Callable[..., Any]], Any]:
    """A mutation that answers with a member of the union; its resolver makes one call to a service.

    ``name`` is for one that the resolver's own does not become, such as one with an abbreviation.
    """

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.mutation(
            resolver=refusable(resolver), name=name, graphql_type=answer, description=description
        )

    return decorate


def _article(name: str) -> str:
    return f"{'An' if name[0] in 'AEIOU' else 'A'} {name}"
