"""What a client learns of an error, and what only the log does."""

import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from graphql import GraphQLError

from server.schema.http.context import Context
from server.schema.http.errors import public_errors
from server.schema.http.view import GraphQLView
from tests.schema.http.caller import SCHEMA, Caller

SECRETS = ("hunter2", "10.0.0.1")


def only_error(answer: dict[str, Any]) -> dict[str, Any]:
    (error,) = answer["errors"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize("field", ["bug", "wrongType"])
def test_a_bug_is_masked_and_logged_with_its_traceback(
    caller: Caller, caplog: pytest.LogCaptureFixture, field: str
) -> None:
    answer = caller.run(f"{{ {field} }}", request_id="r-1")

    assert answer == {
        "data": {field: None},
        "errors": [
            {
                "message": "Internal error",
                "locations": [{"line": 1, "column": 3}],
                "path": [field],
                "extensions": {"code": "INTERNAL", "requestId": "r-1"},
            }
        ],
    }
    (record,) = caplog.records
    assert (record.levelno, record.message) == (logging.ERROR, f"Unexpected error at {field}")
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


def test_a_database_that_is_away_is_said_so(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    answer = caller.run("{ databaseDown }")

    error = only_error(answer)
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["message"] == "The database cannot be reached at the moment. Try again later."
    assert [record.message for record in caplog.records] == ["The database failed at databaseDown"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer key"}])
def test_a_database_that_is_away_while_signing_in_is_503(headers: dict[str, str]) -> None:
    def fail(_request: HttpRequest) -> str:
        raise OperationalError("connection to 10.0.0.1 refused")

    caller = Caller(GraphQLView(SCHEMA, author_of=fail, authentication_failure_of=fail))

    answer = caller.post({"query": "{ hello }"}, headers=headers)

    assert answer.status_code == 503
    assert not any(secret in answer.content.decode() for secret in SECRETS)


def test_a_bug_outside_of_execution_is_a_masked_500(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_request: HttpRequest) -> str:
        raise RuntimeError("the password is hunter2")

    caller = Caller(GraphQLView(SCHEMA, authentication_failure_of=fail))

    answer = caller.post({"query": "{ hello }"}, headers={"authorization": "Bearer key"})

    assert answer.status_code == 500
    assert b"hunter2" not in answer.content
    assert [record.message for record in caplog.records] == ["Unexpected error at the request"]


def test_what_a_resolver_says_on_purpose_is_said(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    error = only_error(caller.run("{ refused }"))

    assert error["message"] == "This cursor is too old."
    assert error["extensions"] == {"code": "OLD_CURSOR", "age": 3}
    assert caplog.records == []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ half(of: 3) }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query($v: Even!) { half(of: $v) }", {"v": 3}, "BAD_USER_INPUT"),
        ("query($v: Even!) { half(of: $v) }", {}, "BAD_USER_INPUT"),
        ("query($v: Even = 2) { half(of: $v) }", {"v": None}, "BAD_USER_INPUT"),
        ("mutation { choose(choice: {}) }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { choose(choice: {keep: $x}) }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("mutation($c: Choice!) { choose(choice: $c) }", {"c": {}}, "BAD_USER_INPUT"),
        ("{ echo(value: 1e999) }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(value: " + "9" * 1_001 + ") }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_clients_mistake_has_a_code_and_is_not_logged(
    caller: Caller, caplog: pytest.LogCaptureFixture, query: str, variables: object, code: str
) -> None:
    error = only_error(caller.run(query, variables))

    assert error["extensions"]["code"] == code
    assert error["message"] != "Internal error"
    assert "padding" not in error["message"]
    assert caplog.records == []


def test_one_of_works_in_a_fragment_that_stands_first(caller: Caller) -> None:
    query = """
        fragment Chosen on Mutation { choose(choice: {keep: $keep}) }
        mutation ($keep: Boolean!) { ...Chosen }
    """

    assert caller.run(query, {"keep": True}) == {"data": {"choose": "kept"}}


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["55P03", "40P01", "57014"], ids=["lock timeout", "deadlock", "statement timeout"])
def test_a_database_that_is_busy_is_not_said_to_be_away(state: str) -> None:
    with pytest.raises(OperationalError) as failed, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
    error = GraphQLError("canceling statement", path=["updateFlag"], original_error=failed.value)

    (told,) = public_errors([error], cast(Context, SimpleNamespace(author="ada", request_id="-")))

    assert told["extensions"]["code"] == "UNAVAILABLE"
    assert told["message"] == "The database is busy at the moment. Try again."
