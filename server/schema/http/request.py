"""From an HTTP request to the parameters of a GraphQL request. Refuses; never executes.

JSON is parsed by the standard library: it hands on lone surrogates, which a service
answers as a problem with its path, where faster parsers refuse the whole body.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError

from server.schema.exact import ExactFloat
from server.schema.http.errors import BAD_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
from server.schema.http.limits import MAX_BODY_BYTES, MAX_DIGITS


class HTTPRefusal(Exception):
    """The request is refused before GraphQL sees it."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message = status, code, message
        self.headers = headers or {}
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A GraphQL request, whichever method brought it."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


def read_parameters(request: HttpRequest) -> Parameters:
    """Read what a `GET` or `POST` asks for.

    Raises:
        HTTPRefusal: it cannot be read, is too large, or has the wrong shape.
    """
    if request.method == "GET":
        return _checked(_from_address(request))
    _check_content_type(request)
    given = _parse_json(_text_of(_body_of(request)), "The request body")
    if isinstance(given, list):
        raise _bad("Batching is not supported: send one GraphQL request, a JSON object.")
    if not isinstance(given, dict):
        raise _bad("The request body must be a JSON object.")
    return _checked(given)


def _bad(message: str) -> HTTPRefusal:
    return HTTPRefusal(HTTPStatus.BAD_REQUEST, BAD_REQUEST, message)


def _from_address(request: HttpRequest) -> dict[str, Any]:
    try:
        given = request.GET
    except SuspiciousOperation as error:
        raise _bad("The address has too many parameters.") from error
    parameters: dict[str, Any] = {"query": given.get("query")}
    if name := given.get("operationName"):
        parameters["operationName"] = name
    for key in ("variables", "extensions"):
        if text := given.get(key):
            parameters[key] = _parse_json(text, f"'{key}'")
    return parameters


def _checked(given: dict[str, Any]) -> Parameters:
    query = given.get("query")
    if not isinstance(query, str) or not query:
        raise _bad("'query' must be a string with a GraphQL document.")
    name = given.get("operationName")
    if name is not None and not isinstance(name, str):
        raise _bad("'operationName' must be a string or null.")
    for key in ("variables", "extensions"):
        if not isinstance(given.get(key), dict | None):
            raise _bad(f"'{key}' must be a JSON object or null.")
    return Parameters(query, name, given.get("variables"), given.get("extensions"))


def _check_content_type(request: HttpRequest) -> None:
    """Only JSON: a form of another site cannot send it, so a browser asks before it does."""
    if request.content_type != "application/json":
        raise _unsupported("Send the request as 'Content-Type: application/json'.")
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"'").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported("JSON is encoded in UTF-8: leave the charset out, or name that one.")


def _unsupported(message: str) -> HTTPRefusal:
    return HTTPRefusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_MEDIA_TYPE, message)


def _body_of(request: HttpRequest) -> bytes:
    declared = request.META.get("CONTENT_LENGTH")
    try:
        if declared:
            if not declared.isdecimal():
                raise _bad("'Content-Length' must be a number.")
            if len(declared) > 18 or int(declared) > MAX_BODY_BYTES:
                raise _too_large()
            body = request.body
        else:
            body = _undeclared_body_of(request)
    except RequestDataTooBig as error:
        raise _too_large() from error
    except (UnreadablePostError, OSError) as error:
        raise _bad("The request body could not be read.") from error
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def _undeclared_body_of(request: HttpRequest) -> bytes:
    """A body that comes in chunks. Django reads none of it under WSGI, so we ask the server."""
    stream = request.META.get("wsgi.input")
    if stream is None or not request.META.get("wsgi.input_terminated"):
        return request.body
    pieces, size = [], 0
    while size <= MAX_BODY_BYTES and (piece := stream.read(MAX_BODY_BYTES + 1 - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _too_large() -> HTTPRefusal:
    return HTTPRefusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        BODY_TOO_LARGE,
        f"The request body is larger than {MAX_BODY_BYTES // 1024 // 1024} MiB.",
    )


def _text_of(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _bad("The request body is not valid UTF-8.") from error


def _parse_json(text: str, what: str) -> Any:
    try:
        return _decoder.decode(text)
    except RecursionError as error:
        raise _bad(f"{what} is nested too deeply.") from error
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError):
            raise _bad(f"{what} is not valid JSON: see line {error.lineno}, column {error.colno}.") from error
        raise _bad(f"{what} is not valid JSON: {error}.") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = ExactFloat(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=_integer)
