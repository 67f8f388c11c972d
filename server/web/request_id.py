"""Gives each request an id, and writes one line about it when it is answered; reads no body.

The id is the caller's `X-Request-Id` where that is well-formed, so that one request can
be followed through balancer, server and logs; it goes back on the answer.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from server.web.logs import current_request_id

logger = logging.getLogger("fairsplit.requests")

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,99}", re.ASCII)
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestIdMiddleware:
    """The outermost layer: everything inside it is timed, and logs with the request's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            logger.log(
                logging.DEBUG if request.path_info in PROBES and response.status_code < 400 else logging.INFO,
                "request answered",
                extra={
                    "method": request.method,
                    "path": request.path_info,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 2),
                },
            )
            return response
        finally:
            current_request_id.reset(token)
