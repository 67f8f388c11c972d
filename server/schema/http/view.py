"""The view that answers GraphQL over HTTP. Knows the protocol, and nothing of the domain.

Strawberry's own view is not used: it batches, takes multipart, answers errors as text,
fails on a body of `5`, and negotiates no media type. What is left of it is one call.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from django.http import HttpRequest, HttpResponse
from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from server.schema.http.context import AuthorOf, Context, FailureOf, author_on, failure_on
from server.schema.http.csrf import check_csrf
from server.schema.http.errors import (
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    UNAUTHENTICATED,
    public_errors,
)
from server.schema.http.negotiation import JSON, Preference, preference
from server.schema.http.request import HTTPRefusal, Parameters, read_parameters
from server.schema.http.response import CHALLENGE, graphql_response, request_error, status_of

HTMLView = Callable[[HttpRequest], HttpResponse]
METHODS = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION, OperationType.SUBSCRIPTION}),
}


class GraphQLView:
    """Answers a request with the result of its operation; one instance serves all requests.

    ``html_view`` answers a browser that opens the address: a `GET` without `query` that
    would rather have a page. CSRF is checked here (see ``csrf``), hence the exemption.
    """

    csrf_exempt = True

    def __init__(
        self,
        schema: strawberry.Schema,
        html_view: HTMLView | None = None,
        *,
        author_of: AuthorOf = author_on,
        authentication_failure_of: FailureOf = failure_on,
    ) -> None:
        self.schema = schema
        self.html_view = html_view
        self.author_of = author_of
        self.authentication_failure_of = authentication_failure_of

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = preference(request.META.get("HTTP_ACCEPT", "*/*"))
        if self._is_for_a_page(request, wanted) and self.html_view is not None:
            return self.html_view(request)
        media_type = wanted.media_type or JSON
        context = Context(request, self.author_of)
        try:
            return self._answer(context, wanted.media_type)
        except HTTPRefusal as refused:
            payload = request_error(refused.code, refused.message)
            return graphql_response(payload, media_type, refused.status, refused.headers)
        except Exception as error:  # masked like any other bug: no page with details goes out
            payload = {"errors": public_errors([GraphQLError("", original_error=error)], context)}
            return graphql_response(payload, media_type, status_of(payload, media_type))

    @staticmethod
    def _is_for_a_page(request: HttpRequest, wanted: Preference) -> bool:
        return wanted.prefers_html and request.method == "GET" and "query" not in request.GET

    def _answer(self, context: Context, media_type: str | None) -> HttpResponse:
        request = context.request
        if request.method not in METHODS:
            raise _method_not_allowed("GraphQL is served by GET and POST.", "GET, POST")
        if media_type is None:
            message = "An answer can be application/graphql-response+json or application/json."
            raise HTTPRefusal(406, NOT_ACCEPTABLE, message)
        self._check_credentials(request)
        if request.method == "POST":
            check_csrf(request)
        payload = self._execute(context, read_parameters(request))
        status = status_of(payload, media_type)
        return graphql_response(payload, media_type, status, CHALLENGE if status == 401 else None)

    def _execute(self, context: Context, parameters: Parameters) -> dict[str, Any]:
        method = context.request.method or ""
        try:
            result = self.schema.execute_sync(
                parameters.query,
                variable_values=parameters.variables,
                context_value=context,
                operation_name=parameters.operation_name,
                allowed_operation_types=METHODS[method],
                operation_extensions=parameters.extensions,
            )
        except InvalidOperationTypeError as error:
            kind = error.operation_type.value
            raise _method_not_allowed(f"Send a {kind} by POST: GET is for queries.", "POST") from error
        return _payload(result, context)

    def _check_credentials(self, request: HttpRequest) -> None:
        """A key that is wrong is refused, also where none was needed: its owner wants to know."""
        if "HTTP_AUTHORIZATION" not in request.META:
            return
        if reason := self.authentication_failure_of(request):
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise HTTPRefusal(401, UNAUTHENTICATED, str(reason), headers=headers)


def _payload(result: ExecutionResult, context: Context) -> dict[str, Any]:
    """The result as JSON. Without `data` if nothing was executed: no error knows a path then."""
    if not result.errors:
        return {"data": result.data}
    errors = public_errors(result.errors, context)
    if result.data is None and not any(error.path for error in result.errors):
        return {"errors": errors}
    return {"errors": errors, "data": result.data}


def _method_not_allowed(message: str, allow: str) -> HTTPRefusal:
    return HTTPRefusal(405, METHOD_NOT_ALLOWED, message, headers={"Allow": allow})
