"""The GraphiQL page, as the server renders it."""

import re

import pytest
from django.test import Client

from server.accounts.selectors.authors import author_of_user
from server.schema.examples import worked_examples
from tests.web.pages import EMAIL, a_user, boot_of

pytestmark = pytest.mark.django_db

HTML = {"Accept": "text/html"}


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client) -> None:
    response = client.get("/graphql", headers=HTML)

    assert response.status_code == 302
    assert response["Location"] == "/sign-in?next=%2Fgraphql"


def test_the_page_shows_who_is_signed_in_and_a_way_out(client: Client) -> None:
    client.force_login(a_user())

    page = client.get("/graphql", headers=HTML).content.decode()

    assert f"Signed in as <strong>{EMAIL}</strong>" in page
    assert '<form method="post" action="/sign-out">' in page


def test_the_page_opens_with_every_worked_example(client: Client) -> None:
    user = a_user()
    client.force_login(user)

    boot = boot_of(client.get("/graphql", headers=HTML))

    assert boot["examples"] == [
        {"query": example.document, "variables": example.variables} for example in worked_examples(author_of_user(user))
    ]
    assert "createExperiment(input: $input, rollout: $rollout)" in boot["examples"][0]["query"]


def test_the_page_gives_graphiql_a_token_that_the_server_accepts() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_user())
    boot = boot_of(client.get("/graphql", headers=HTML))
    operation = {"query": "{ __typename }"}

    without = client.post(boot["endpoint"], operation, content_type="application/json")
    with_it = client.post(
        boot["endpoint"],
        operation,
        content_type="application/json",
        headers={boot["csrfHeader"]: boot["csrfToken"]},
    )

    assert without.status_code == 403
    assert with_it.json() == {"data": {"__typename": "Query"}}


def test_a_query_in_the_address_is_not_put_into_the_page(client: Client) -> None:
    client.force_login(a_user())

    page = client.get("/graphql?operationName=planted&variables=planted", headers=HTML).content.decode()

    assert "planted" not in page


def test_drafts_of_two_users_are_kept_apart(client: Client) -> None:
    ada = a_user()
    client.force_login(ada)
    of_ada = boot_of(client.get("/graphql", headers=HTML))["storageKey"]
    again = boot_of(client.get("/graphql", headers=HTML))["storageKey"]
    client.force_login(type(ada).objects.create_user("ben@shop.test"))
    of_ben = boot_of(client.get("/graphql", headers=HTML))["storageKey"]

    assert of_ada == again
    assert of_ada != of_ben


def test_the_page_is_not_kept_by_caches(client: Client) -> None:
    client.force_login(a_user())

    response = client.get("/graphql", headers=HTML)

    assert "no-store" in response["Cache-Control"]


def test_the_page_may_load_its_own_files_only_and_one_kind_of_style(client: Client) -> None:
    client.force_login(a_user())

    response = client.get("/graphql", headers=HTML)

    nonce = boot_of(response)["styleNonce"]
    assert len(nonce) >= 22
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def test_no_two_pages_share_a_nonce(client: Client) -> None:
    client.force_login(a_user())

    nonces = {boot_of(client.get("/graphql", headers=HTML))["styleNonce"] for _ in range(3)}

    assert len(nonces) == 3


def test_every_other_answer_has_the_policy_without_a_nonce(client: Client) -> None:
    expected = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    for path in ("/sign-in", "/static/fairsplit/icon.svg", "/no-such-page"):
        assert client.get(path)["Content-Security-Policy"] == expected, path


def test_the_pages_hold_no_inline_script_style_or_handler(client: Client) -> None:
    pages = [client.get("/sign-in").content.decode()]
    client.force_login(a_user())
    pages.append(client.get("/graphql", headers=HTML).content.decode())

    for page in pages:
        scripts = re.findall(r"<script[^>]*>", page)
        assert all(" src=" in tag or 'type="application/json"' in tag for tag in scripts)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|https?://", page)
