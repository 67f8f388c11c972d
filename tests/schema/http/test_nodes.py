"""The node budget: page size times page size, before execution."""

from collections.abc import Callable
from typing import Any

import pytest

from server.schema.http.documents import Document
from server.schema.http.limits import Limits
from tests.schema.http.caller import SCHEMA, Caller

CodeOf = Callable[..., str]


def nodes(text: str, variables: dict[str, Any] | None = None) -> int:
    document = Document(text, SCHEMA._schema, Limits())
    assert document.validation_errors() == []
    return document.operation(None).nodes(document, variables)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("{ hello }", 0),
        ("{ books(first: 7) { totalCount } }", 0),
        ("{ books(first: 7) { edges { node { title } } } }", 7),
        ("{ books(last: 7) { edges { node { title } } } }", 7),
        ("{ books(first: 3, last: 7) { edges { node { title } } } }", 7),
        ("{ books(first: 0) { edges { node { title } } } }", 0),
        ("{ books { edges { node { title } } } }", 50),
        ("{ books(first: null) { edges { node { title } } } }", 50),
        ("{ books(first: 7) { edges { node { shelf { label } } } } }", 7),
        ("{ books(first: 7) { edges { node { related(first: 5) { edges { node { title } } } } } } }", 7 + 35),
        ("{ books(first: 7) { edges { node { authors { name } } } } }", 7 + 70),
        ("{ people { books { title } } }", 10 + 100),
        ("{ thing { ... on Book { authors { name } } ... on Person { books { title } } } }", 20),
        ("{ ...F } fragment F on Query { books(first: 7) { edges { node { title } } } }", 7),
        (
            "{ a: books(first: 3) { ...P } b: books(first: 4) { ...P } }"
            " fragment P on BookConnection { edges { node { title } } }",
            7,
        ),
        (
            "{ books(first: 7) { ...A ...B } } fragment A on BookConnection { edges { node { title } } }"
            " fragment B on BookConnection { edges { node { authors { name } } } }",
            7 + 70,
        ),
        (
            "{ a: books(first: 7) { edges { node { title } } } b: books(first: 8) { edges { node { title } } } }",
            15,
        ),
        ("{ ... { ... on Query { books(first: 7) { ... { edges { node { title } } } } } } }", 7),
        ('{ people(ids: ["1", "2"]) { name } }', 10),
        ("{ people(ids: [%s]) { name } }" % ("1 " * 12), 12),
        ("{ books(first: 7) @skip(if: true) { edges { node { title } } } }", 7),
    ],
)
def test_nodes_are_counted_as_elements_of_lists(query: str, count: int) -> None:
    assert nodes(query) == count


@pytest.mark.parametrize(
    ("definition", "variables", "count"),
    [
        ("$n: Int", {"n": 7}, 7),
        ("$n: Int", {"n": 7.0}, 7),
        ("$n: Int", {"n": None}, 50),
        ("$n: Int", {}, 50),
        ("$n: Int", None, 50),
        ("$n: Int = 9", {}, 9),
        ("$n: Int = 9", {"n": 7}, 7),
        ("$n: Int = 9", {"n": None}, 50),
    ],
)
def test_variables_and_their_defaults_count(definition: str, variables: dict[str, Any] | None, count: int) -> None:
    query = f"query ({definition}) {{ books(first: $n) {{ edges {{ node {{ title }} }} }} }}"

    assert nodes(query, variables) == count


def test_the_same_document_is_counted_anew_for_other_variables(caller: Caller) -> None:
    query = """query ($n: Int) {
        books(first: 100) { edges { node { related(first: $n) { edges { node { title } } } } } }
    }"""

    assert "errors" not in caller.run(query, {"n": 99})
    assert caller.run(query, {"n": 100})["errors"] == [
        {
            "message": "This operation could return 10,100 nodes; at most 10,000 are allowed."
            " Ask for smaller pages, or nest fewer lists in each other.",
            "extensions": {"code": "TOO_COMPLEX", "limit": 10_000, "actual": 10_100},
        }
    ]
    assert "errors" not in caller.run(query, {"n": 99})


def test_many_ids_in_a_variable_count(code_of: CodeOf) -> None:
    query = "query ($ids: [ID!]) { people(ids: $ids) { books { title } } }"

    assert code_of(query, {"ids": ["1"] * 1_000}) == "TOO_COMPLEX"


@pytest.mark.parametrize("size", [101, -1, 10**30])
@pytest.mark.parametrize("argument", ["first", "last"])
def test_a_page_size_out_of_bounds_names_its_argument(caller: Caller, argument: str, size: int) -> None:
    message = f"Argument '{argument}' of 'books' must be from 0 to 100."

    literal = caller.run(f"{{ books({argument}: {size}) {{ totalCount }} }}")
    variable = caller.run(f"query ($n: Int) {{ books({argument}: $n) {{ totalCount }} }}", {"n": size})

    assert variable["errors"][0]["message"] == message
    assert variable["errors"][0]["extensions"] == {
        "code": "BAD_PAGE_SIZE",
        "argument": argument,
        "limit": 100,
    }
    if size < 2**31:
        assert literal == {
            **variable,
            "errors": [{**variable["errors"][0], "locations": [{"line": 1, "column": 3}]}],
        }
    else:
        assert literal["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "cursor",
    ["x", "nonsense!", "YQ==", "YXJyYXljb25uZWN0aW9uOi01", "YXJyYXljb25uZWN0aW9uOmE=", "ä", "/w=="],
)
def test_a_cursor_that_is_not_ours_gets_a_clear_answer(caller: Caller, cursor: str) -> None:
    answer = caller.run("query ($c: String) { books(after: $c) { totalCount } }", {"c": cursor})

    assert answer["errors"][0]["message"] == (
        "Argument 'after' of 'books' is not a cursor of this API. Pass one that a page returned, unchanged."
    )
    assert answer["errors"][0]["extensions"] == {"code": "BAD_CURSOR", "argument": "after"}


@pytest.mark.parametrize("cursor", ["YXJyYXljb25uZWN0aW9uOjQ5", "", None])
def test_a_cursor_of_ours_passes(caller: Caller, cursor: str | None) -> None:
    answer = caller.run("query ($c: String) { books(after: $c) { totalCount } }", {"c": cursor})

    assert answer == {"data": {"books": {"totalCount": 0}}}


def test_the_page_of_one_connection_is_not_that_of_the_next() -> None:
    inner = "{ books(first: 2) { edges { node { related { edges { node { title } } } } } } }"

    assert nodes(inner) == 2 + 2 * 50
