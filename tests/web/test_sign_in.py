"""The pages that sign a browser in and out."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from server.accounts.sign_in import MAX_ATTEMPTS
from tests.web.pages import EMAIL, PASSWORD, a_user

pytestmark = pytest.mark.django_db

RIGHT = {"email": EMAIL, "password": PASSWORD}
REFUSAL = "The e-mail address or the password is not right."


def test_the_form_has_labels_and_names_what_password_managers_look_for(client: Client) -> None:
    page = client.get("/sign-in").content.decode()

    assert '<label for="email">E-mail</label>' in page
    assert '<label for="password">Password</label>' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_the_right_password_signs_in(client: Client) -> None:
    user = a_user()

    response = client.post("/sign-in", RIGHT | {"next": "/graphql"})

    assert (response.status_code, response["Location"]) == (302, "/graphql")
    assert client.session[SESSION_KEY] == str(user.pk)


def test_the_case_of_the_address_does_not_matter(client: Client) -> None:
    user = a_user()

    client.post("/sign-in", RIGHT | {"email": EMAIL.upper()})

    assert client.session[SESSION_KEY] == str(user.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "something else"},
        {"email": "nobody@shop.test"},
        {"email": "", "password": ""},
        {"email": "nul\0@shop.test"},
        {"password": "x" * 100_000},
    ],
    ids=["password", "address", "empty", "nul", "long"],
)
def test_anything_wrong_is_refused_in_the_same_words(client: Client, wrong: dict[str, str]) -> None:
    a_user()

    response = client.post("/sign-in", RIGHT | wrong)

    assert response.status_code == 422
    assert f'role="alert">{REFUSAL}</p>' in response.content.decode()
    assert SESSION_KEY not in client.session


def test_a_refusal_keeps_the_address_and_where_one_was_going_but_not_the_password(client: Client) -> None:
    form = {"email": EMAIL, "password": "guess", "next": "/graphql?x=1"}

    page = client.post("/sign-in", form).content.decode()

    assert f'value="{EMAIL}"' in page
    assert 'name="next" value="/graphql?x=1"' in page
    assert "guess" not in page


def test_what_was_typed_is_escaped(client: Client) -> None:
    page = client.post("/sign-in", {"email": '"><script>', "password": "x"}).content.decode()

    assert 'value="&quot;&gt;&lt;script&gt;"' in page


def test_somebody_who_guesses_has_to_wait_even_with_the_right_password(client: Client) -> None:
    a_user()
    for _ in range(MAX_ATTEMPTS):
        client.post("/sign-in", RIGHT | {"password": "guess"})

    response = client.post("/sign-in", RIGHT)

    assert response.status_code == 429
    assert "Too many attempts to sign in." in response.content.decode()
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize(
    "foreign",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "graphql",
        "",
        "/\n/evil.test",
    ],
)
def test_next_leads_to_own_paths_only(client: Client, foreign: str) -> None:
    a_user()

    asked = client.get("/sign-in", {"next": foreign}).content.decode()
    response = client.post("/sign-in", RIGHT | {"next": foreign})

    assert 'name="next" value="/graphql"' in asked
    assert response["Location"] == "/graphql"


def test_who_is_signed_in_already_goes_straight_on(client: Client) -> None:
    client.force_login(a_user())

    response = client.get("/sign-in", {"next": "/graphql?x=1"})

    assert (response.status_code, response["Location"]) == (302, "/graphql?x=1")


def test_signing_in_takes_a_token_of_the_form() -> None:
    a_user()

    response = Client(enforce_csrf_checks=True).post("/sign-in", RIGHT)

    assert response.status_code == 403


def test_signing_out_ends_the_session(client: Client) -> None:
    client.force_login(a_user())

    response = client.post("/sign-out")

    assert (response.status_code, response["Location"]) == (302, "/sign-in")
    assert SESSION_KEY not in client.session


def test_a_link_cannot_sign_anybody_out(client: Client) -> None:
    client.force_login(a_user())

    response = client.get("/sign-out")

    assert response.status_code == 405
    assert SESSION_KEY in client.session


def test_another_site_cannot_sign_anybody_out() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_user())

    response = client.post("/sign-out")

    assert response.status_code == 403
    assert SESSION_KEY in client.session


def test_the_form_is_not_kept_by_caches(client: Client) -> None:
    response = client.get("/sign-in")

    assert "no-store" in response["Cache-Control"]
