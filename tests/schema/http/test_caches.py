"""That a document is parsed and validated once, and that strangers cannot push it out."""

from server.schema.http.cache import BoundedCache
from server.schema.http.documents import Document
from server.schema.http.extension import DocumentStore, Gate
from server.schema.http.limits import Limits
from server.schema.http.view import GraphQLView
from tests.schema.http.caller import Caller
from tests.schema.http.sample import make_schema

LIMITS = Limits(cached_documents=2, cached_public_documents=1)


def store_and_caller() -> tuple[DocumentStore, Caller]:
    store = DocumentStore(LIMITS)
    return store, Caller(GraphQLView(make_schema([lambda: Gate(store)])))


def test_a_second_identical_request_neither_parses_nor_validates() -> None:
    store, caller = store_and_caller()
    query = "query ($v: Int) { books(first: $v) { totalCount } }"

    caller.run(query, {"v": 1})
    document = store.find(query)
    assert document is not None
    errors = document.validation_errors()
    caller.run(query, {"v": 2})

    assert store.parsed == 1
    assert store.find(query) is document
    assert document.validation_errors() is errors


def test_an_invalid_document_is_validated_once_too() -> None:
    store, caller = store_and_caller()

    first, second = caller.run("{ nothing }"), caller.run("{ nothing }")

    assert store.parsed == 1
    assert first == second


def test_limits_are_enforced_on_a_document_that_is_known() -> None:
    _, caller = store_and_caller()
    query = "query ($v: Int) { books(first: $v) { totalCount } }"

    codes = [caller.run(query, {"v": size}).get("errors", [None])[0] for size in (100, 101, 100)]

    assert [error and error["extensions"]["code"] for error in codes] == [None, "BAD_PAGE_SIZE", None]


def test_a_stranger_is_refused_also_what_somebody_else_may_ask() -> None:
    _, caller = store_and_caller()
    caller.run("{ hello }")

    answer = caller.run("{ hello }", author=None)

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_strangers_push_out_nothing_that_is_in_use() -> None:
    store, caller = store_and_caller()
    caller.run("{ hello }")

    for number in range(20):
        caller.run(f"{{ a{number}: __typename }}", author=None)
        caller.run(f"{{ a{number}: hello }}", author=None)

    assert isinstance(store.find("{ hello }"), Document)
    assert (len(store.private), len(store.public)) == (1, 1)


def test_a_cache_forgets_what_was_not_used_for_longest() -> None:
    cache: BoundedCache[int] = BoundedCache(2)

    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)

    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_no_extension_of_ours_runs_per_field() -> None:
    assert Gate._implements_resolve() is False
