"""Refusals as the API tells them, and the decorator that turns them into answers.

A mutation answers with its object or with a refusal; anything else that a service raises
is a bug, and no data.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import strawberry

from server import errors
from server.schema.ids import encode_id

P = ParamSpec("P")
R = TypeVar("R")

ALLOWED = "What may be done instead: each entry starts with a mutation's name, and may go on with a condition in words."


@strawberry.interface(
    description=(
        "An answer to a request that the rules do not allow. Nothing has been written. "
        "Clients must expect kinds of refusals that they do not know yet."
    )
)
class Refusal:
    code: str = strawberry.field(description="What is refused, for programs: stable.")
    message: str = strawberry.field(description="What is refused and what to do, for people.")


@strawberry.type(description="Names an object.")
class ObjectReference:
    type: str = strawberry.field(description="The name of the object's type in this API.")
    id: strawberry.ID = strawberry.field(description="The object's id.")
    name: str = strawberry.field(description="The object's name or key.")


@strawberry.type(description="One thing that is wrong with an input.")
class InputProblem:
    path: list[str] = strawberry.field(
        description="Where: the names of arguments and fields, and positions in lists, from the outside in."
    )
    code: str = strawberry.field(description="What is wrong, for programs: stable.")
    message: str = strawberry.field(description="What is wrong and what to do, for people.")


@strawberry.type(description="The input breaks rules. All problems are named at once.")
class InvalidInput(Refusal):
    problems: list[InputProblem] = strawberry.field(description="Everything that is wrong; never empty.")


@strawberry.type(description="There is no such object, or none that you may see: the two look the same.")
class NotFound(Refusal):
    field: str | None = strawberry.field(description="The argument that names what was not found.")


@strawberry.type(description="You see the object, and your role does not allow this.")
class NotAllowed(Refusal):
    pass


@strawberry.type(description="The request is right in itself, and collides with what is there.")
class Conflict(Refusal):
    collides_with: ObjectReference | None = strawberry.field(description="What it collides with.")
    allowed: list[str] = strawberry.field(description=ALLOWED)


@strawberry.type(description="Somebody holds what the request would change.")
class Locked(Refusal):
    holder: ObjectReference = strawberry.field(description="Who holds it.")
    allowed: list[str] = strawberry.field(description=ALLOWED)


def refusable(resolver: Callable[P, R]) -> Callable[P, R]:
    """Answer with a refusal where the resolver's service raises one."""

    @wraps(resolver)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return resolver(*args, **kwargs)
        except errors.Refusal as refusal:
            return as_data(refusal)  # type: ignore[return-value]

    return answer


def as_data(refusal: errors.Refusal) -> Refusal:
    """The refusal as the API tells it."""
    told = {"code": refusal.code, "message": refusal.message}
    match refusal:
        case errors.InvalidInput():
            return InvalidInput(**told, problems=[_problem(problem) for problem in refusal.problems])
        case errors.NotFound():
            return NotFound(**told, field=refusal.field)
        case errors.NotAllowed():
            return NotAllowed(**told)
        case errors.Conflict():
            collides_with = refusal.collides_with
            reference = _reference(collides_with) if collides_with else None
            return Conflict(**told, collides_with=reference, allowed=list(refusal.allowed))
        case errors.Locked():
            return Locked(**told, holder=_reference(refusal.holder), allowed=list(refusal.allowed))
    raise refusal


def _problem(problem: errors.Problem) -> InputProblem:
    return InputProblem(path=[str(item) for item in problem.path], code=problem.code, message=problem.message)


def _reference(reference: errors.Reference) -> ObjectReference:
    return ObjectReference(type=reference.type, id=encode_id(reference.type, reference.id), name=reference.name)
