"""A caller of the view, without a server and without a database."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from server.schema.http.negotiation import GRAPHQL_RESPONSE
from server.schema.http.view import GraphQLView
from tests.schema.http.sample import make_schema

SCHEMA = make_schema()


class Caller:
    """Sends requests to a view, by default as somebody who is signed in."""

    def __init__(self, view: GraphQLView) -> None:
        self.view = view
        self.factory = RequestFactory(enforce_csrf_checks=True)

    def send(self, request: HttpRequest, author: object = "ada", **attributes: Any) -> HttpResponse:
        request.author = author  # type: ignore[attr-defined]
        for name, value in attributes.items():
            setattr(request, name, value)
        return self.view(request)

    def post(
        self,
        body: object,
        *,
        accept: str = GRAPHQL_RESPONSE,
        content_type: str = "application/json",
        author: object = "ada",
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        **attributes: Any,
    ) -> HttpResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        request = self.factory.post(
            "/graphql", data, content_type=content_type, headers={"accept": accept, **(headers or {})}
        )
        request.COOKIES.update(cookies or {})
        return self.send(request, author, **attributes)

    def get(
        self, parameters: dict[str, str], *, accept: str = GRAPHQL_RESPONSE, author: object = "ada"
    ) -> HttpResponse:
        return self.send(self.factory.get("/graphql", parameters, headers={"accept": accept}), author)

    def run(self, query: str, variables: object = None, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.post({"query": query, "variables": variables}, **options).content)
        return answer
