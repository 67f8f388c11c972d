"""Answers in one piece: what a WSGI server is given."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from server.web.answers import in_one_piece


def given(response: Any) -> Iterable[bytes]:
    return in_one_piece(lambda _environ, _start: response)({}, None)


@pytest.mark.django_db  # closing an answer looks at the connections that there are
def test_an_answer_that_is_there_is_one_piece_and_is_closed() -> None:
    response = HttpResponse(b"whole")

    assert given(response) == [b"whole"]
    assert response.closed


def test_what_streams_goes_on_streaming() -> None:
    response = StreamingHttpResponse(iter([b"one", b"two"]))

    answer = given(response)

    assert answer is response
    assert (list(answer), response.closed) == ([b"one", b"two"], False)
