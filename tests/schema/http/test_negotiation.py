"""Which media type an answer has."""

import pytest

from server.schema.http.negotiation import GRAPHQL_RESPONSE, JSON, preference


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/graphql-response+json, application/json", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        (
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            GRAPHQL_RESPONSE,
        ),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("text/html, */*;q=0.1", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=nonsense", None),
        ("image/png, text/*", None),
    ],
)
def test_an_accept_header_gets_the_type_that_it_prefers(accept: str, media_type: str | None) -> None:
    assert preference(accept).media_type == media_type


@pytest.mark.parametrize(
    ("accept", "prefers_html"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("text/html, application/json", True),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("*/*", False),
        ("", False),
        ("application/json", False),
    ],
)
def test_only_who_names_html_would_rather_have_a_page(accept: str, prefers_html: bool) -> None:
    assert preference(accept).prefers_html is prefers_html
