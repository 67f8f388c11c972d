"""That shortcuts answer what the library answers: the same data, the same errors, by the same statements."""

import gc
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NewType

import pytest
import strawberry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import GraphQLArgument, GraphQLField, GraphQLObjectType, GraphQLString, Undefined
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from benchmarks.documents import LIST
from server.schema.executor import ShortcutExecutor
from server.schema.http.schema import Schema
from server.schema.schema import schema
from server.schema.shortcuts import Branch, Leaf, shortcut_of
from tests.factories import World
from tests.schema.api import Api, gid
from tests.schema.crawling import crawl
from tests.schema.tenants import new_tenant
from tests.schema.walking import SCHEMA

EXECUTORS = (StrawberryGraphQLCoreExecutionContext, ShortcutExecutor)


def fields() -> Iterator[tuple[str, GraphQLField]]:
    """Every field of the API's objects, and its name."""
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            yield from ((f"{kind.name}.{name}", field) for name, field in kind.fields.items())


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The fields that the library took, one by one, from here on."""
    names: list[str] = []

    class Watched(ShortcutExecutor):
        def execute_field(self, parent_type: Any, source: Any, details: Any, path: Any, context: Any) -> Any:
            names.append(f"{parent_type.name}.{details[0].node.name.value}")
            return super().execute_field(parent_type, source, details, path, context)

    monkeypatch.setattr(schema, "execution_context_class", Watched)
    return names


@pytest.mark.django_db
def test_all_that_there_is_reads_the_same_byte_by_byte_and_by_the_same_statements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = new_tenant("mine")
    read = []

    for executor in EXECUTORS:
        monkeypatch.setattr(schema, "execution_context_class", executor)
        with CaptureQueriesContext(connection) as statements:
            answers = crawl(Api(tenant.owner))
        read.append((json.dumps(answers), [statement["sql"] for statement in statements]))

    library, shortcuts = read
    assert len(library[0]) > 100_000
    assert shortcuts == library


def test_the_api_executes_with_shortcuts() -> None:
    assert schema.execution_context_class is ShortcutExecutor


@pytest.mark.parametrize("rows", [1, 5])
def test_of_a_list_the_library_takes_the_list_itself_and_its_total_whatever_its_length(
    rows: int, world: World, api: Api, taken: list[str]
) -> None:
    for n in range(rows):
        world.experiment(world.feature(key=f"f{n}"))

    answer = api(LIST, environment=gid(world.environment), first=10)

    assert len(answer["experiments"]["edges"]) == rows
    assert taken == ["Query.experiments", "ExperimentConnection.totalCount"]


def test_what_takes_arguments_or_asks_for_the_author_has_no_shortcut() -> None:
    found = dict(fields())
    name = found["Experiment.name"]
    definition = {key: value for key, value in name.extensions.items() if key.startswith("strawberry")}
    narrowed = GraphQLField(name.type, args={"of": GraphQLArgument(GraphQLString)}, extensions=definition)

    assert shortcut_of(narrowed) is None
    assert shortcut_of(found["Grant.apiKey"]) is None
    assert shortcut_of(found["ExperimentConnection.totalCount"]) is None
    assert isinstance(shortcut_of(name), Leaf)
    assert isinstance(shortcut_of(found["Grant.user"]), Branch)


def test_every_class_that_a_shortcut_expects_is_one_that_its_type_accepts() -> None:
    branches = [shortcut for _, field in fields() if isinstance(shortcut := shortcut_of(field), Branch)]

    refused = [
        branch.kind.name
        for branch in branches
        if branch.kind.is_type_of is not None and not branch.kind.is_type_of(branch.rows.__new__(branch.rows), None)  # type: ignore[arg-type]
    ]

    assert len(branches) > 50
    assert refused == []


class Colour(Enum):
    RED = "red"


strawberry.enum(Colour)


Note = NewType("Note", str)
NOTE = strawberry.scalar(name="Note", serialize=lambda note: None if note == "blank" else note)


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Inner(Named):
    number: int
    maybe: int | None = None
    note: Note | None = None
    colour: Colour = Colour.RED
    inner: "Inner | None" = None
    inners: list["Inner"] | None = None
    holes: list["Inner | None"] | None = None
    numbers: list[int] | None = None
    named: Named | None = None


@dataclass
class Impostor:
    """Looks like an ``Inner``, and is none."""

    name: str = "impostor"
    number: int = 1


class Odd(Exception):
    """An exception that a text could be made of."""


class Breaking(Inner):
    """An object of the type whose attribute cannot be read."""

    @property
    def inner(self) -> Inner:
        raise RuntimeError("no inner")

    @inner.setter
    def inner(self, value: Any) -> None: ...


@strawberry.type
class Query:
    top: Inner | None
    sure: Inner

    @strawberry.field
    async def later(self) -> str:
        return "later"


CONFIG = StrawberryConfig(scalar_map={Note: NOTE})
sample = Schema(Query, config=CONFIG)
SELECTION = """{
  __typename
  top { ...Whole }
  sure { ...Whole again: number @include(if: true) never: number @skip(if: true) }
}
fragment Deep on Inner { __typename name number maybe note colour inner { number } inners { name number maybe } }
fragment Whole on Inner {
  ...Deep
  inner { ...Deep inner { ...Deep } }
  inners { ...Deep inner { number } }
  holes { ...Deep inner { number } }
  numbers
  named { __typename name }
}"""


def good(**given: Any) -> Inner:
    return Inner(**{"name": "good", "number": 1, **given})


ODD: dict[str, Any] = {
    "all is well": good(inner=good(inners=[good(), good(maybe=3)]), inners=[good()], holes=[good(), None]),
    "lists": good(note="written", numbers=[1, 2], inners=[], holes=[None], named=good()),
    "a value is missing": good(name=None),
    "a value cannot be written": good(number="no number"),
    "a value that may be missing cannot be written": good(maybe="no number"),
    "an integer is too large": good(maybe=2**40),
    "no such value in the enum": good(colour="green"),
    "a value of the enum as it is stored": good(colour="red"),
    "a scalar writes nothing": good(note="blank"),
    "an exception in place of a value": good(maybe=ValueError("odd")),
    "an exception in place of a text": good(name=Odd("odd")),
    "nothing in place of a text": good(name=Undefined),
    "an exception in place of an object": good(inner=ValueError("odd")),
    "deep down a value is missing": good(inner=good(inner=good(number=None))),
    "deep down several things are wrong": good(inner=good(maybe="a", number=None, colour=3), inners=[good(maybe="b")]),
    "a wrong object": good(inner=Impostor()),
    "an object that is no object": good(inner=3),
    "an attribute cannot be read": Breaking(name="breaking", number=1),
    "an attribute is not there": good(inner=Impostor),
    "an item is missing": good(inners=[good(), None]),
    "a value of an item is missing": good(inners=[good(), good(number=None), good(maybe="x")]),
    "a value of an item that may be missing is missing": good(holes=[good(), good(number=None), good(maybe="x")]),
    "an item is wrong": good(inners=[good(), Impostor()]),
    "a list that is no list": good(inners=3),
    "a list of another class": good(inners=(good(), good())),
    "missing": None,
}


def answer_of(executor: Any, root: Any, document: str = SELECTION) -> tuple[str, list[Any] | None]:
    """The data in JSON, and the errors: messages, places, paths, in order."""
    sample.execution_context_class = executor
    result = sample.execute_sync(document, root_value=root)
    return json.dumps(result.data), result.errors and [(e.formatted, repr(e.original_error)) for e in result.errors]


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("place", ["top", "sure"])
def test_whatever_is_odd_the_answer_and_the_errors_are_the_librarys(what: str, place: str) -> None:
    root = Query(**{"top": good(), "sure": good(), place: ODD[what]})

    library, shortcuts = (answer_of(executor, root) for executor in EXECUTORS)

    assert shortcuts == library


def test_the_odd_things_do_cause_errors() -> None:
    errors = [what for what, odd in ODD.items() if answer_of(ShortcutExecutor, Query(top=good(), sure=odd))[1]]

    assert set(ODD) - set(errors) == {
        "all is well",
        "lists",
        "a value of the enum as it is stored",
        "a list of another class",
    }


def test_an_extension_that_wants_to_see_every_field_sees_every_field() -> None:
    seen: list[str] = []

    class Seeing(SchemaExtension):
        def resolve(self, next_: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(info.field_name)
            return next_(root, info, *args, **kwargs)

    watched = Schema(Query, config=CONFIG, extensions=[Seeing], execution_context_class=ShortcutExecutor)
    watched.execute_sync("{ sure { name number } }", root_value=Query(top=None, sure=good()))

    assert seen == ["sure", "name", "number"]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_field_that_has_to_be_awaited_is_an_error() -> None:
    messages = [
        e["message"] for e, _ in answer_of(ShortcutExecutor, Query(top=None, sure=good()), "{ later }")[1] or ()
    ]
    gc.collect()  # what was never awaited warns when it goes

    assert messages == ["Query.later has to be awaited, and nobody awaits here."]
