"""Answers in the shape of GraphQL, with the status that the media type asks for. Never fails.

Under `application/json` a well-formed request gets 200 whatever GraphQL made of it: older
clients read other answers as not GraphQL. Under `application/graphql-response+json` the
status says whether the operation was executed.
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse

from server.schema.http.errors import INTERNAL, UNAUTHENTICATED, UNAVAILABLE
from server.schema.http.negotiation import GRAPHQL_RESPONSE

logger = logging.getLogger(__name__)

CHALLENGE = {"WWW-Authenticate": "Bearer"}


def graphql_response(
    payload: dict[str, Any], media_type: str, status: int, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    try:
        content = encode(payload)
    except Exception:  # whatever a resolver put there, the client gets an answer
        logger.exception("An answer could not be encoded as JSON")
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        content = encode(request_error(INTERNAL, "Internal error"))
    response = HttpResponse(content, status=status, content_type=f"{media_type}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def encode(payload: Any) -> bytes:
    """JSON in UTF-8. What orjson cannot say (lone surrogates, large integers) goes out escaped."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        return json.dumps(payload, separators=(",", ":"), allow_nan=False).encode()


def request_error(code: str, message: str, **facts: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {**facts, "code": code}}]}


def status_of(payload: dict[str, Any], media_type: str) -> int:
    """The status of what GraphQL answered."""
    if "data" in payload:
        return HTTPStatus.OK
    codes = {error["extensions"]["code"] for error in payload["errors"]}
    if INTERNAL in codes:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if UNAVAILABLE in codes:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if media_type != GRAPHQL_RESPONSE:
        return HTTPStatus.OK
    return HTTPStatus.UNAUTHORIZED if UNAUTHENTICATED in codes else HTTPStatus.BAD_REQUEST
