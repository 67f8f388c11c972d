import json

import pytest

from server.serving.ofrep_context import MAX_TRAITS, NO_CONTEXT, Context, Unreadable, read_context


def test_a_context_is_a_targeting_key_and_the_traits_beside_it() -> None:
    body = b'{"context": {"targetingKey": "user-1", "country": "NL", "age": 41, "beta": true}}'

    assert read_context(body) == Context("user-1", {"country": "NL", "age": 41, "beta": True})


@pytest.mark.parametrize("body", [b"{}", b'{"context": null}', b' {"other": 1} '])
def test_a_context_that_is_left_out_is_an_empty_one(body: bytes) -> None:
    assert read_context(body) == NO_CONTEXT == Context(None, {})


@pytest.mark.parametrize("key", [b"", b'"targetingKey": null', b'"targetingKey": ""'])
def test_an_empty_targeting_key_is_none(key: bytes) -> None:
    assert read_context(b'{"context": {' + key + b"}}") == Context(None, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"context": {"a": NaN}}',
        b'{"context": {"a": 1e999}}',
        b'{"context": {"a": "\\ud800"}}',
        b'{"context": {"a": "\xed\xa0\x80"}}',
        b'{"context": {"a": "\x00"}}',
        b'{"context": ' + b"[" * 100_000,
        b'{"context": {"a": ' + b"[" * 2_000 + b"]" * 2_000 + b"}}",
        b'{"context": {"a": ' + b"1" * 5_000 + b"}}",
    ],
)
def test_a_body_that_is_not_json_in_utf_8_is_a_parse_error_that_says_where(body: bytes) -> None:
    problem = read_context(body)

    assert isinstance(problem, Unreadable)
    assert problem.code == "PARSE_ERROR"
    assert problem.details.startswith("The body is not JSON in UTF-8: ")


@pytest.mark.parametrize("body", [b"null", b"5", b"[]", b'"text"', b"true"])
def test_a_body_that_is_no_object_is_a_parse_error(body: bytes) -> None:
    assert read_context(body) == Unreadable("PARSE_ERROR", "The body is not an object with a context.")


@pytest.mark.parametrize("context", [b"5", b"[]", b'"text"', b"true"])
def test_a_context_that_is_no_object_is_invalid(context: bytes) -> None:
    assert read_context(b'{"context":' + context + b"}") == Unreadable(
        "INVALID_CONTEXT", "The context is not an object."
    )


@pytest.mark.parametrize("key", [b"5", b"[]", b"{}", b"true", b"1.5"])
def test_a_targeting_key_that_is_no_text_is_invalid(key: bytes) -> None:
    assert read_context(b'{"context": {"targetingKey": ' + key + b"}}") == Unreadable(
        "INVALID_CONTEXT", "The targetingKey is not a text."
    )


def test_traits_of_any_type_and_depth_are_taken_as_they_are() -> None:
    traits = {"list": [1, [2]], "object": {"a": {"b": None}}, "null": None, "": 1, "\0": "\0", "ключ": "значение 🎲"}
    body = json.dumps({"context": {"targetingKey": "\0é🎲", **traits}}).encode()

    assert read_context(body) == Context("\0é🎲", traits)


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    body = b'{"context": {"targetingKey": "a"}, "context": {"targetingKey": "b", "t": 1, "t": 2}}'

    assert read_context(body) == Context("b", {"t": 2})


def test_a_thousand_traits_are_read_and_one_more_is_not() -> None:
    traits = {str(number): number for number in range(MAX_TRAITS)}

    assert read_context(json.dumps({"context": {"targetingKey": "a", **traits}}).encode()) == Context("a", traits)
    assert read_context(json.dumps({"context": {**traits, "more": 1}}).encode()) == Unreadable(
        "INVALID_CONTEXT", "1,001 traits are too many: send at most 1,000."
    )


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/problem+json",
    ],
)
def test_json_is_read_under_every_name_that_it_has(content_type: str | None) -> None:
    assert read_context(b"{}", content_type) == NO_CONTEXT


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json", "text/json+x"])
def test_a_body_that_is_said_to_be_something_else_is_a_parse_error(content_type: str) -> None:
    assert read_context(b"{}", content_type) == Unreadable("PARSE_ERROR", "Send the context as application/json.")
