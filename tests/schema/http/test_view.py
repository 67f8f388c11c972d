"""What the specification of GraphQL over HTTP asks of a server."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from server.schema.http.negotiation import GRAPHQL_RESPONSE, JSON
from server.schema.http.view import GraphQLView
from tests.schema.http.caller import SCHEMA, Caller

COERCION_FAILURE = {"query": "query Q($v: JSON!) { echo(value: $v) }", "variables": {"v": None}}
REQUEST_ERRORS = [
    ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    (COERCION_FAILURE, "BAD_USER_INPUT"),
    ({"query": "query A { hello } query B { hello }"}, "OPERATION_NOT_FOUND"),
    ({"query": "query A { hello }", "operationName": "C"}, "OPERATION_NOT_FOUND"),
    ({"query": "{ hello }", "operationName": ""}, "OPERATION_NOT_FOUND"),
    ({"query": "fragment F on Query { hello }"}, "OPERATION_NOT_FOUND"),
]


@pytest.mark.parametrize("media_type", [GRAPHQL_RESPONSE, JSON])
def test_a_result_comes_in_the_type_asked_for_and_in_utf_8(caller: Caller, media_type: str) -> None:
    answer = caller.post({"query": '{ echo(value: "Run🏃") }'}, accept=media_type)

    assert answer.status_code == 200
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.content == '{"data":{"echo":"Run🏃"}}'.encode()
    assert (answer["Vary"], answer["Cache-Control"]) == ("Accept", "no-store")


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
def test_a_request_error_is_400_without_data_in_the_new_type(caller: Caller, body: dict[str, Any], code: str) -> None:
    answer = caller.post(body, accept=GRAPHQL_RESPONSE)

    assert answer.status_code == 400
    payload = json.loads(answer.content)
    assert list(payload) == ["errors"]
    assert [error["extensions"]["code"] for error in payload["errors"]] == [code]


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
def test_a_request_error_is_200_in_the_old_type(caller: Caller, body: dict[str, Any], code: str) -> None:
    answer = caller.post(body, accept=JSON)

    assert answer.status_code == 200
    payload = json.loads(answer.content)
    assert list(payload) == ["errors"]
    assert [error["extensions"]["code"] for error in payload["errors"]] == [code]


@pytest.mark.parametrize("media_type", [GRAPHQL_RESPONSE, JSON])
@pytest.mark.parametrize("query", ["{ bug }", "{ requiredBug }"])
def test_what_was_executed_is_200_and_has_data_also_with_errors(caller: Caller, media_type: str, query: str) -> None:
    answer = caller.post({"query": query}, accept=media_type)

    assert answer.status_code == 200
    assert "data" in json.loads(answer.content)


def test_a_type_that_we_do_not_have_is_not_acceptable(caller: Caller) -> None:
    answer = caller.post({"query": "{ hello }"}, accept="image/png")

    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}


def test_a_get_runs_a_query_with_everything_in_the_address(caller: Caller) -> None:
    answer = caller.get(
        {
            "query": "query A { hello } query B($v: JSON!) { echo(value: $v) }",
            "operationName": "B",
            "variables": '{"v": [1, "ä"]}',
            "extensions": '{"any": "thing"}',
        }
    )

    assert answer.status_code == 200
    assert json.loads(answer.content) == {"data": {"echo": [1, "ä"]}}


@pytest.mark.parametrize("media_type", [GRAPHQL_RESPONSE, JSON])
@pytest.mark.parametrize("author", ["ada", None])
def test_a_get_never_runs_a_mutation(caller: Caller, media_type: str, author: str | None) -> None:
    answer = caller.get({"query": "mutation { __typename }"}, accept=media_type, author=author)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert json.loads(answer.content)["errors"][0] == {
        "message": "Send a mutation by POST: GET is for queries.",
        "extensions": {"code": "METHOD_NOT_ALLOWED"},
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_not_allowed(caller: Caller, method: str) -> None:
    answer = caller.send(RequestFactory().generic(method, "/graphql"))

    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")


def test_a_browser_that_opens_the_address_gets_the_page(caller: Caller) -> None:
    answer = caller.get({}, accept="text/html,application/xml;q=0.9,*/*;q=0.8", author=None)

    assert (answer.status_code, answer.content) == (200, b"<title>GraphiQL</title>")


def test_a_browser_with_a_query_in_the_address_gets_its_result(caller: Caller) -> None:
    answer = caller.get({"query": "{ hello }"}, accept="text/html,*/*;q=0.8")

    assert (answer.status_code, answer.content) == (200, b'{"data":{"hello":"hello"}}')


def test_without_a_page_a_browser_learns_that_the_query_is_missing() -> None:
    caller = Caller(GraphQLView(SCHEMA))

    answer = caller.get({}, accept="text/html,*/*;q=0.8")

    assert answer.status_code == 400
    assert json.loads(answer.content)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_post_runs_a_mutation_and_ignores_the_address(caller: Caller) -> None:
    body = json.dumps({"query": 'mutation { write(text: "from the body") }'})
    request = caller.factory.post(
        "/graphql?query={hello}", body, content_type="application/json", headers={"accept": GRAPHQL_RESPONSE}
    )

    answer: HttpResponse = caller.send(request)

    assert json.loads(answer.content) == {"data": {"write": "from the body"}}
