"""What a stranger gets: the name of the root type, and nothing else."""

import json

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from server.schema.http.negotiation import GRAPHQL_RESPONSE, JSON
from server.schema.http.view import GraphQLView
from tests.schema.http.caller import SCHEMA, Caller

SIGN_IN = "Sign in, or send an API key as `Authorization: Bearer <key>`."


@pytest.mark.parametrize(
    "query",
    [
        "{ __typename }",
        "{ a: __typename ...F } fragment F on Query { __typename }",
        "{ ... on Query { ... { __typename } } }",
        "mutation { __typename }",
    ],
)
def test_a_stranger_may_ask_for_the_root_type(caller: Caller, query: str) -> None:
    answer = caller.post({"query": query}, author=None)

    assert answer.status_code == 200
    assert "errors" not in json.loads(answer.content)


@pytest.mark.parametrize(
    "query",
    [
        "{ hello }",
        "{ __typename hello }",
        "{ a: hello }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { hello }",
        "{ ... on Query { ... { hello } } }",
        "{ ... @include(if: false) { hello } }",
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "mutation { write }",
        "{ noSuchField }",
        "query A { __typename } query B { hello }",
    ],
)
def test_a_stranger_may_ask_for_nothing_else(caller: Caller, query: str) -> None:
    answer = caller.post({"query": query, "operationName": "B" if "query A" in query else None}, author=None)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert json.loads(answer.content) == {"errors": [{"message": SIGN_IN, "extensions": {"code": "UNAUTHENTICATED"}}]}


def test_in_the_old_type_a_stranger_gets_the_same_error_with_200(caller: Caller) -> None:
    answer = caller.post({"query": "{ hello }"}, accept=JSON, author=None)

    assert answer.status_code == 200
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


def test_the_operation_that_runs_decides(caller: Caller) -> None:
    body = {"query": "query A { __typename } query B { hello }", "operationName": "A"}

    assert caller.post(body, author=None).content == b'{"data":{"__typename":"Query"}}'


def test_introspection_is_for_those_who_are_signed_in(caller: Caller) -> None:
    answer = caller.run("{ __schema { queryType { name } } }")

    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.parametrize("accept", [GRAPHQL_RESPONSE, JSON])
@pytest.mark.parametrize("query", ["{ hello }", "{ __typename }"])
def test_a_key_that_is_not_accepted_is_refused_before_anything_else(caller: Caller, accept: str, query: str) -> None:
    answer = caller.post(
        {"query": query},
        accept=accept,
        author=None,
        headers={"authorization": "Bearer old"},
        authentication_failed="This API key has expired.",
    )

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert json.loads(answer.content) == {
        "errors": [{"message": "This API key has expired.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


def test_an_author_is_looked_up_once_and_only_where_something_depends_on_it() -> None:
    asked: list[HttpRequest] = []

    def author_of(request: HttpRequest) -> str:
        asked.append(request)
        return "ada"

    view = GraphQLView(SCHEMA, author_of=author_of)

    for query in ("{ __typename }", "{ hello }", "{ helo }"):
        body = json.dumps({"query": query})
        assert view(RequestFactory().post("/", body, content_type="application/json")).status_code == 200
    assert len(asked) == 2


def test_suggestions_are_for_those_who_are_signed_in(caller: Caller) -> None:
    query = "query($x: Quary) { __typename }"

    def messages(author: object) -> list[str]:
        return sorted(error["message"] for error in caller.run(query, author=author)["errors"])

    unused = "Variable '$x' is never used."
    assert messages("ada") == ["Unknown type 'Quary'. Did you mean 'Query'?", unused]
    assert messages(None) == ["Unknown type 'Quary'.", unused]
