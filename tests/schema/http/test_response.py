"""That an answer is JSON, whatever a resolver returned or a client sent."""

import json

import pytest

from server.schema.http.response import encode
from tests.schema.http.caller import Caller


def test_lone_surrogates_reach_a_resolver_and_come_back_escaped(caller: Caller) -> None:
    body = '{"query": "query($v: JSON!) { echo(value: $v) }", "variables": {"v": "a\\ud800"}}'

    assert caller.post(body).content == b'{"data":{"echo":"a\\ud800"}}'


def test_a_lone_surrogate_in_an_error_message_does_no_harm(caller: Caller) -> None:
    answer = caller.post('{"query": "{ hello }", "operationName": "\\ud800"}')

    assert answer.status_code == 400
    assert answer.content == (
        b'{"errors":[{"message":"Unknown operation named \'\\ud800\'.","extensions":{"code":"OPERATION_NOT_FOUND"}}]}'
    )


@pytest.mark.parametrize("number", [2**53, 2**64, -(10**300)])
def test_large_integers_come_back_whole(caller: Caller, number: int) -> None:
    answer = caller.run("query($v: JSON!) { echo(value: $v) }", {"v": number})

    assert answer == {"data": {"echo": number}}


def test_text_beyond_ascii_is_not_escaped() -> None:
    assert encode({"a": "ä"}) == '{"a":"ä"}'.encode()


def test_what_no_encoder_can_say_is_an_internal_error(caller: Caller) -> None:
    answer = caller.post({"query": "{ notJson }"})

    assert answer.status_code == 500
    assert json.loads(answer.content) == {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}]}
