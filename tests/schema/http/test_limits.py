"""Documents that ask for too much are refused before they are validated or executed."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.schema.http.caller import Caller

CodeOf = Callable[..., str]


def test_the_depth_limit_counts_levels_of_fields(caller: Caller) -> None:
    inside = "{ people { books { shelf { label } } } }"
    too_deep = "{ thing { ... on Person { " + "books { authors { " * 8 + "name" + " } }" * 8 + " } } }"

    assert caller.run(inside) == {"data": {"people": []}}
    assert caller.run(too_deep)["errors"] == [
        {
            "message": "The document has 18 levels of fields; at most 15 are allowed.",
            "extensions": {"code": "TOO_COMPLEX", "limit": 15, "actual": 18},
        }
    ]


def test_fifteen_levels_are_allowed_and_sixteen_are_not(caller: Caller) -> None:
    def levels(count: int) -> dict[str, object]:
        opening = ["shelf {", "books(first: 0) {", "edges {", "node {"] * 4
        path = ["thing {", "... on Book {", *opening[: count - 2]]
        last = {"{": "__typename"}
        return caller.run("{ " + " ".join(path) + " " + last["{"] + " }" * (len(path) + 1))

    assert "errors" not in levels(15)
    assert levels(16)["errors"] == [
        {
            "message": "The document has 16 levels of fields; at most 15 are allowed.",
            "extensions": {"code": "TOO_COMPLEX", "limit": 15, "actual": 16},
        }
    ]


def test_fragments_do_not_hide_depth(code_of: CodeOf) -> None:
    chain = " ".join(f"fragment F{i} on Book {{ authors {{ books {{ ...F{i + 1} }} }} }}" for i in range(8))

    assert code_of("{ thing { ...F0 } } " + chain + " fragment F8 on Book { title }") == "TOO_COMPLEX"


def test_thirty_aliases_are_allowed_and_thirty_one_are_not(caller: Caller, code_of: CodeOf) -> None:
    def aliases(count: int) -> str:
        return "{" + " ".join(f"a{i}: hello" for i in range(count)) + "}"

    assert len(caller.run(aliases(30))["data"]) == 30
    assert code_of(aliases(31)) == "TOO_COMPLEX"


def test_an_alias_counts_at_every_spread_of_its_fragment(code_of: CodeOf) -> None:
    fragment = "fragment F on Person {" + " ".join(f"a{i}: name" for i in range(16)) + "}"

    assert code_of("{ people { ...F } thing { ...F } } " + fragment) == "TOO_COMPLEX"


def test_fifty_directives_are_allowed_and_fifty_one_are_not(caller: Caller, code_of: CodeOf) -> None:
    def directives(count: int) -> str:
        return "{ hello " + " ".join("... @include(if: true) { hello }" for _ in range(count)) + "}"

    assert caller.run(directives(50)) == {"data": {"hello": "hello"}}
    assert code_of(directives(51)) == "TOO_COMPLEX"


def test_five_mutations_are_allowed_and_six_are_not(caller: Caller, code_of: CodeOf) -> None:
    def mutations(count: int) -> str:
        return "mutation {" + " ".join(f"m{i}: write" for i in range(count)) + "}"

    assert len(caller.run(mutations(5))["data"]) == 5
    assert code_of(mutations(6)) == "TOO_COMPLEX"


def test_fragments_do_not_hide_mutations(code_of: CodeOf) -> None:
    document = "mutation { ...F ... { ...G } } fragment F on Mutation { a: write b: write c: write }"

    assert code_of(document + " fragment G on Mutation { ... { d: write e: write } f: write }") == "TOO_COMPLEX"


def test_a_field_counts_at_every_spread_of_its_fragment(caller: Caller) -> None:
    chain = " ".join(f"fragment F{i} on Person {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40))

    answer = caller.run("{ people { ...F0 } }" + chain + "fragment F40 on Person { name }")

    assert answer["errors"] == [
        {
            "message": "The document has 1,000,000,000 fields; at most 2,000 are allowed.",
            "extensions": {"code": "TOO_COMPLEX", "limit": 2000, "actual": 1_000_000_000},
        }
    ]


def test_two_thousand_tokens_are_the_limit(caller: Caller) -> None:
    assert caller.run("{ hello " + "#\n" * 1_990 + "}") == {"data": {"hello": "hello"}}
    assert caller.run("{" + "hello " * 2_000 + "}")["errors"] == [
        {
            "message": "The document has more than 2,000 tokens, which is the limit.",
            "extensions": {"code": "TOO_COMPLEX", "limit": 2000, "actual": 2001},
        }
    ]


def test_a_long_text_is_refused_unread(code_of: CodeOf) -> None:
    assert code_of("{ hello }" + " " * 50_000) == "TOO_COMPLEX"


def test_graphiqls_introspection_passes(caller: Caller) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    answer = caller.run(query)

    assert "errors" not in answer
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ __schema { types { " + "ofType { " * 20 + "name" + " }" * 20 + " } } }",
            "The document has 23 levels of introspection; at most 20 are allowed.",
        ),
        (
            "{" + "__schema { types { name description kind } } " * 90 + "}",
            "The document has 450 fields of introspection; at most 400 are allowed.",
        ),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            "Maximum introspection depth exceeded",
        ),
    ],
)
def test_introspection_has_bounds_of_its_own(caller: Caller, query: str, message: str) -> None:
    answer = caller.run(query)

    assert [error["message"] for error in answer["errors"]] == [message]


def test_a_hundred_fragments_are_allowed_and_one_more_is_not(caller: Caller, code_of: CodeOf) -> None:
    def fragments(count: int) -> str:
        spreads = " ".join(f"...F{i}" for i in range(count))
        return f"{{ {spreads} }} " + " ".join(f"fragment F{i} on Query {{ hello }}" for i in range(count))

    assert caller.run(fragments(100)) == {"data": {"hello": "hello"}}
    assert code_of(fragments(101)) == "TOO_COMPLEX"


def test_a_cycle_of_fragments_is_named(caller: Caller) -> None:
    answer = caller.run("{ people { ...A } } fragment A on Person { ...B } fragment B on Person { ...A }")

    assert answer["errors"][0]["message"] == "Cannot spread fragment 'A' within itself via 'B'."


def test_variables_are_bounded_in_number_and_depth(code_of: CodeOf, caller: Caller) -> None:
    echo = "query($v: JSON!) { echo(value: $v) }"
    deep: object = 1
    for _ in range(64):
        deep = [deep]

    assert code_of(echo, {"v": [0] * 12_000}) == "TOO_COMPLEX"
    assert code_of(echo, {"v": deep}) == "TOO_COMPLEX"
    assert len(caller.run(echo, {"v": [0] * 11_000})["data"]["echo"]) == 11_000


LAST = " fragment F40 on Person { name }"
HOSTILE = {
    "aliases": "{" + " ".join(f"a{i}: hello" for i in range(500)) + "}",
    "the same field": "{" + "hello " * 1_990 + "}",
    "a fragment bomb": "{ people { ...F0 ...F0 } } "
    + " ".join(f"fragment F{i} on Person {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40))
    + LAST,
    "a bomb of lists": "{ people { ...F0 } } "
    + " ".join(f"fragment F{i} on Person {{ books {{ authors {{ ...F{i + 1} }} }} }}" for i in range(40))
    + LAST,
    "a cycle": "{ people { ...A } } fragment A on Person { ...B } fragment B on Person { ...A }",
    "crossed fragments": "{ people {"
    + " ".join(f"...F{i}" for i in range(40))
    + "} } "
    + " ".join(f"fragment F{i} on Person {{ {'name ' * 35} }}" for i in range(40)),
    "nested lists": "{ people { books { authors { books { authors { books { title } } } } } } }",
    "depth": "{" + "a{" * 900 + "a" + "}" * 900 + "}",
    "unknown fields": "{" + " ".join(f"zz{i}" for i in range(1_900)) + "}",
    "deep values": "{ echo(value: " + "[" * 900 + "]" * 900 + ") }",
}


MOST_CALLS = 400_000
"""Some 40 ms; without the limits, these documents take millions."""


def counted(work: Callable[[], Any]) -> tuple[Any, int]:
    """What it gives, and how many Python functions were called for it: the same on every machine."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        return work(), calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_at_once(caller: Caller, document: str) -> None:
    answer, calls = counted(lambda: caller.run(document))

    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] != "INTERNAL"
    assert calls < MOST_CALLS
