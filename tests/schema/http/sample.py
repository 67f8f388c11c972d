"""A small schema of everything that the door has to cope with. Needs no database."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NewType

import strawberry
from django.db import OperationalError
from strawberry.extensions import SchemaExtension
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from server.schema.http.errors import ClientError
from server.schema.http.extension import schema_extensions
from server.schema.http.schema import Schema

Even = NewType("Even", int)


def parse_even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError("not an even number")
    return value


@strawberry.type
class Shelf:
    label: str

    @strawberry.field
    def books(self, first: int | None = None, last: int | None = None, after: str | None = None) -> "BookConnection":
        return BookConnection(total_count=0, edges=[])


@strawberry.type
class Book:
    title: str

    @strawberry.field
    def shelf(self) -> Shelf:
        return Shelf(label="A")

    @strawberry.field
    def related(self, first: int | None = None, last: int | None = None) -> "BookConnection":
        return BookConnection(total_count=0, edges=[])

    @strawberry.field
    def authors(self) -> list["Person"]:
        return []


@strawberry.type
class Person:
    name: str

    @strawberry.field
    def books(self) -> list[Book]:
        return []


@strawberry.type
class BookEdge:
    node: Book


@strawberry.type
class BookConnection:
    total_count: int
    edges: list[BookEdge]


Thing = Annotated[Book | Person, strawberry.union("Thing")]


@strawberry.input(one_of=True)
class Choice:
    keep: bool | None = strawberry.UNSET
    ship: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "hello"

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def half(self, of: Even) -> int:
        return of // 2

    @strawberry.field
    def books(self, first: int | None = None, last: int | None = None, after: str | None = None) -> BookConnection:
        return BookConnection(total_count=0, edges=[])

    @strawberry.field
    def people(self, ids: list[strawberry.ID] | None = None) -> list[Person]:
        return []

    @strawberry.field
    def thing(self) -> Thing:
        return Person(name="Ada")

    @strawberry.field
    def bug(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def required_bug(self) -> str:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def wrong_type(self) -> int | None:
        return "the password is hunter2"  # type: ignore[return-value]

    @strawberry.field
    def database_down(self) -> str | None:
        raise OperationalError("connection to 10.0.0.1 refused")

    @strawberry.field
    def refused(self) -> str | None:
        raise ClientError("This cursor is too old.", code="OLD_CURSOR", age=3)

    @strawberry.field
    def not_json(self) -> JSON:
        return {"a": object()}  # type: ignore[return-value]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def write(self, text: str = "") -> str:
        return text

    @strawberry.mutation
    def choose(self, choice: Choice) -> str:
        return "kept" if choice.keep else "shipped"


def make_schema(extensions: Sequence[Callable[[], SchemaExtension]] | None = None) -> Schema:
    scalars: dict[object, ScalarDefinition] = {Even: strawberry.scalar(name="Even", parse_value=parse_even)}
    return Schema(
        Query,
        Mutation,
        config=StrawberryConfig(scalar_map=scalars),
        extensions=schema_extensions() if extensions is None else extensions,
    )
