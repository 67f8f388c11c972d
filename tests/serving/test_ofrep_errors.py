import json

import pytest

from server.serving.messages import Response
from server.serving.ofrep_errors import (
    error,
    forbidden,
    origin_not_allowed,
    too_large,
    too_many_requests,
    unauthorized,
    unavailable,
)

JSON = ("content-type", "application/json")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (unauthorized(), 401),
        (forbidden("Not like this."), 403),
        (origin_not_allowed("https://shop.example"), 403),
        (too_large(), 413),
        (too_many_requests(3), 429),
        (unavailable("Not yet."), 503),
    ],
)
def test_every_error_has_its_status_a_code_and_details(answer: Response, status: int) -> None:
    document = json.loads(answer.body)

    assert answer.status == status
    assert answer.headers[0] == JSON
    assert set(document) == {"errorCode", "errorDetails"}
    assert document["errorCode"] == "GENERAL"
    assert document["errorDetails"].endswith(".")


def test_who_gave_no_valid_key_is_told_which_scheme_to_use() -> None:
    assert dict(unauthorized().headers)["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("seconds", "said"), [(3, "3"), (1, "1"), (0, "1"), (-5, "1")])
def test_who_has_to_wait_is_told_how_many_whole_seconds(seconds: int, said: str) -> None:
    assert dict(too_many_requests(seconds).headers)["retry-after"] == said
    assert dict(unavailable("Not yet.", seconds).headers)["retry-after"] == said


def test_half_a_character_in_what_was_asked_for_does_not_break_the_answer() -> None:
    answer = error(404, "FLAG_NOT_FOUND", "No \udcff.", key="\ud800")

    assert json.loads(answer.body) == {"key": "?", "errorCode": "FLAG_NOT_FOUND", "errorDetails": "No ?."}
