"""What a client learns of an error: a message, a place, and always a code. Never internals.

Three kinds reach a client as they are: what we raise on purpose (``ClientError``), what
GraphQL says about the document, and what it says about the values given. Anything else
is a bug: logged with its traceback, and answered without details.
"""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryGraphQLError

from server.schema.http.coercion import in_words_of_json
from server.schema.http.context import Context

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_REQUEST = "BAD_REQUEST"
BAD_USER_INPUT = "BAD_USER_INPUT"
OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
BAD_CURSOR = "BAD_CURSOR"
BAD_PAGE_SIZE = "BAD_PAGE_SIZE"
TOO_COMPLEX = "TOO_COMPLEX"
UNAUTHENTICATED = "UNAUTHENTICATED"
CSRF_FAILED = "CSRF_FAILED"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
BODY_TOO_LARGE = "BODY_TOO_LARGE"
UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
INTERNAL = "INTERNAL"
UNAVAILABLE = "UNAVAILABLE"

_BUSY = {"55P03", "40P01", "57014"}
"""What PostgreSQL calls a wait for a lock, a deadlock and a statement that took too long."""

_SUGGESTION = " Did you mean "


class ClientError(GraphQLError):
    """An error that the client is meant to read: a message, a stable code, and facts.

    For what no result union can carry: what is wrong with the request as a whole, or with
    the argument of a query (a malformed cursor). A malformed id is none: it names no row.
    """

    def __init__(self, message: str, *, code: str, nodes: Any = None, **facts: Any) -> None:
        super().__init__(message, nodes=nodes, extensions={"code": code, **facts})


def too_complex(message: str, *, limit: int, actual: int) -> ClientError:
    """A refusal that says the limit and the figure."""
    return ClientError(message, code=TOO_COMPLEX, limit=limit, actual=actual)


def public_errors(errors: list[GraphQLError], context: Context) -> list[dict[str, Any]]:
    """The errors as a client gets them. Logs those that it does not get."""
    return [_public_error(error, context) for error in errors]


def _public_error(error: GraphQLError, context: Context) -> dict[str, Any]:
    cause = _cause_of(error)
    code, message, facts = _code_of(error, cause), error.message, {}
    if code is None:
        code, message = _mask(error, cause)
        facts = {"requestId": context.request_id}
    elif code == BAD_USER_INPUT and not isinstance(cause, ClientError):
        message = in_words_of_json(message)
    if _SUGGESTION in message and not context.author:
        message = message.partition(_SUGGESTION)[0]
    if isinstance(cause, ClientError):
        facts = cause.extensions or {}
    public: dict[str, Any] = {"message": message}
    if error.locations:
        public["locations"] = [place.formatted for place in error.locations]
    if error.path:
        public["path"] = error.path
    public["extensions"] = {**facts, "code": code}
    return public


def _code_of(error: GraphQLError, cause: Exception) -> str | None:
    """The code of an error that is meant for the client; None for a bug of ours."""
    known = (error.extensions or {}).get("code")
    if known is not None and (error.path is None or isinstance(cause, GraphQLError)):
        return str(known)
    if isinstance(cause, GraphQLSyntaxError):
        return PARSE_FAILED
    if isinstance(cause, StrawberryGraphQLError):
        return BAD_USER_INPUT
    if error.path is None:
        # Variables that do not fit: the error stands at their definition, and a scalar says
        # what is wrong with its value by one of these.
        by_a_scalar = isinstance(cause, GraphQLError | ValueError | TypeError)
        return BAD_USER_INPUT if error.nodes and by_a_scalar else None
    # During execution GraphQL blames a place in the document for arguments that do not fit.
    # Without a place of its own, the error is about what a resolver returned.
    return BAD_USER_INPUT if isinstance(cause, GraphQLError) and cause.nodes else None


def _cause_of(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _mask(error: GraphQLError, cause: Exception) -> tuple[str, str]:
    place = ".".join(map(str, error.path or ())) or "the request"
    if isinstance(cause, OperationalError | InterfaceError):
        logger.error("The database failed at %s", place, exc_info=cause)
        if getattr(cause.__cause__, "pgcode", None) in _BUSY:
            return UNAVAILABLE, "The database is busy at the moment. Try again."
        return UNAVAILABLE, "The database cannot be reached at the moment. Try again later."
    logger.error("Unexpected error at %s", place, exc_info=cause)
    return INTERNAL, "Internal error"
