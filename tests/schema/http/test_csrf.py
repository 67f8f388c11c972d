"""That another site's page cannot use a session."""

import json

import pytest
from django.conf import settings
from django.middleware.csrf import _get_new_csrf_string

from server.schema.http.view import GraphQLView
from tests.schema.http.caller import Caller

SESSION = {settings.SESSION_COOKIE_NAME: "somebody"}
WRITE = {"query": "mutation { write }"}


@pytest.fixture
def token() -> str:
    return _get_new_csrf_string()


def test_a_post_with_a_session_and_no_token_is_refused(caller: Caller) -> None:
    answer = caller.post(WRITE, cookies=SESSION)

    assert answer.status_code == 403
    assert json.loads(answer.content) == {
        "errors": [
            {
                "message": "The CSRF check failed. CSRF cookie not set.",
                "extensions": {"code": "CSRF_FAILED"},
            }
        ]
    }


def test_a_post_with_a_session_and_the_token_of_its_cookie_runs(caller: Caller, token: str) -> None:
    answer = caller.post(WRITE, cookies={**SESSION, settings.CSRF_COOKIE_NAME: token}, headers={"x-csrftoken": token})

    assert json.loads(answer.content) == {"data": {"write": ""}}


def test_a_token_that_is_not_the_cookies_is_refused(caller: Caller, token: str) -> None:
    other = _get_new_csrf_string()

    answer = caller.post(WRITE, cookies={**SESSION, settings.CSRF_COOKIE_NAME: token}, headers={"x-csrftoken": other})

    assert answer.status_code == 403


def test_a_post_from_another_origin_is_refused_also_with_the_token(caller: Caller, token: str) -> None:
    answer = caller.post(
        WRITE,
        cookies={**SESSION, settings.CSRF_COOKIE_NAME: token},
        headers={"x-csrftoken": token, "origin": "https://elsewhere.example"},
    )

    assert answer.status_code == 403


def test_a_bearer_key_needs_no_token_also_beside_a_session(caller: Caller) -> None:
    answer = caller.post(WRITE, cookies=SESSION, headers={"authorization": "Bearer key"})

    assert answer.status_code == 200


def test_another_authorization_does_not_stand_in_for_the_token(caller: Caller) -> None:
    answer = caller.post(WRITE, cookies=SESSION, headers={"authorization": "Basic eDp5"})

    assert answer.status_code == 403


def test_without_a_session_there_is_nothing_to_protect(caller: Caller) -> None:
    assert caller.post({"query": "{ __typename }"}, author=None).status_code == 200


def test_the_view_is_exempt_from_the_middleware_because_it_checks_itself(view: GraphQLView) -> None:
    assert view.csrf_exempt is True
