"""What a request body may look like, and that no other one crashes."""

import io
import json

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from server.schema.http.limits import MAX_BODY_BYTES
from tests.schema.http.caller import Caller

HELLO = b'{"query": "{ hello }"}'


class CountingStream(io.BytesIO):
    """Tells how many bytes were read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (" ", "The request body is not valid JSON: see line 1, column 2."),
        ("{", "The request body is not valid JSON: see line 1, column 2."),
        ("5", "The request body must be a JSON object."),
        ("null", "The request body must be a JSON object."),
        ('"{ hello }"', "The request body must be a JSON object."),
        ("[]", "Batching is not supported: send one GraphQL request, a JSON object."),
        ('[{"query": "{ hello }"}]', "Batching is not supported: send one GraphQL request, a JSON object."),
        ("{}", "'query' must be a string with a GraphQL document."),
        ('{"query": null}', "'query' must be a string with a GraphQL document."),
        ('{"query": 5}', "'query' must be a string with a GraphQL document."),
        ('{"query": ["{ hello }"]}', "'query' must be a string with a GraphQL document."),
        ('{"query": ""}', "'query' must be a string with a GraphQL document."),
        ('{"query": "{ hello }", "operationName": 5}', "'operationName' must be a string or null."),
        ('{"query": "{ hello }", "variables": []}', "'variables' must be a JSON object or null."),
        ('{"query": "{ hello }", "variables": "{}"}', "'variables' must be a JSON object or null."),
        ('{"query": "{ hello }", "variables": false}', "'variables' must be a JSON object or null."),
        ('{"query": "{ hello }", "extensions": 0}', "'extensions' must be a JSON object or null."),
        ('{"a": NaN}', "The request body is not valid JSON: NaN is not a JSON number."),
        ('{"a": -Infinity}', "The request body is not valid JSON: -Infinity is not a JSON number."),
        ('{"a": 1e999}', "The request body is not valid JSON: a number is too large."),
        ('{"a": ' + "9" * 5_000 + "}", "The request body is not valid JSON: a number is too long."),
        ("[" * 100_000, "The request body is nested too deeply."),
        ('{"a":' * 100_000, "The request body is nested too deeply."),
        (b'{"query": "\xff"}', "The request body is not valid UTF-8."),
        ('{"query": "{ hello }"}'.encode("utf-16"), "The request body is not valid UTF-8."),
    ],
)
def test_a_body_of_another_shape_is_a_bad_request(caller: Caller, body: str | bytes, message: str) -> None:
    answer = caller.post(body)

    assert answer.status_code == 400
    assert json.loads(answer.content) == {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


@pytest.mark.parametrize("key", ["variables", "extensions"])
@pytest.mark.parametrize("text", ["{", "[]", "5", "NaN"])
def test_an_address_with_another_shape_is_a_bad_request(caller: Caller, key: str, text: str) -> None:
    answer = caller.get({"query": "{ hello }", key: text})

    assert answer.status_code == 400
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_nulls_are_as_good_as_nothing(caller: Caller) -> None:
    body = {"query": "{ hello }", "variables": None, "operationName": None, "extensions": None}

    assert caller.post(body).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json; charset="UTF-8"',
        "APPLICATION/JSON",
    ],
)
def test_json_in_utf_8_is_read(caller: Caller, content_type: str) -> None:
    assert caller.post(HELLO, content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/json; charset=utf-16",
    ],
)
def test_any_other_content_type_is_refused(caller: Caller, content_type: str) -> None:
    answer = caller.post(HELLO, content_type=content_type)

    assert answer.status_code == 415
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "UNSUPPORTED_MEDIA_TYPE"}


def test_a_body_of_just_two_mebibytes_is_read(caller: Caller) -> None:
    body = HELLO + b" " * (MAX_BODY_BYTES - len(HELLO))

    assert caller.post(body).status_code == 200


def test_a_body_that_says_that_it_is_larger_is_refused_unread(caller: Caller, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    request = RequestFactory().post("/graphql", HELLO, content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(MAX_BODY_BYTES + 1)

    answer = caller.send(request)

    assert answer.status_code == 413
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "BODY_TOO_LARGE"}
    assert not hasattr(request, "_body")


def test_a_body_without_a_length_is_read_until_the_limit_and_no_further(caller: Caller) -> None:
    stream = CountingStream(b" " * (2 * MAX_BODY_BYTES))
    request = RequestFactory().post("/graphql", HELLO, content_type="application/json")
    request.META.update({"CONTENT_LENGTH": "", "wsgi.input": stream, "wsgi.input_terminated": True})

    answer = caller.send(request)

    assert answer.status_code == 413
    assert stream.taken == MAX_BODY_BYTES + 1


def test_a_short_body_without_a_length_is_answered(caller: Caller) -> None:
    request = RequestFactory().post("/graphql", HELLO, content_type="application/json")
    request.META.update({"wsgi.input": io.BytesIO(HELLO), "wsgi.input_terminated": True})
    request.META.pop("CONTENT_LENGTH", None)

    assert caller.send(request).content == b'{"data":{"hello":"hello"}}'


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5_000])
def test_a_length_that_is_none_is_refused(caller: Caller, length: str) -> None:
    request = RequestFactory().post("/graphql", HELLO, content_type="application/json")
    request.META["CONTENT_LENGTH"] = length

    assert caller.send(request).status_code in (400, 413)
