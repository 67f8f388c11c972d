"""Answers a balancer's probes: is the process up, and can it serve; says nothing about what it serves.

It stands outside everything that knows hosts, sessions or authors: a probe comes to an
address, over plain HTTP, and signs in nowhere.
"""

import logging
from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from server.web.metrics import metrics

SERVING_STATE = "fairsplit.serving_state"
"""Where the server that also serves flags and takes events puts what tells how it does."""

logger = logging.getLogger("fairsplit.health")


class HealthMiddleware:
    """`/healthz`, `/readyz` and `/metrics`; every other path goes further in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.migrated = False  # once seen it stays: a later version's migrations are not ours to wait for

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return _answer({"status": "up"}, 200)
        if request.path_info == "/readyz":
            return self._ready(request.META.get(SERVING_STATE, dict))
        if request.path_info == "/metrics":
            return metrics()
        return self.get_response(request)

    def _ready(self, serving_state: Callable[[], dict[str, object]]) -> HttpResponseBase:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self.migrated = self.migrated or _is_migrated()
        except Error:
            logger.exception("the database cannot be reached")
            connection.close()
            return _answer({"status": "unavailable", "wrong": ["database"]} | serving_state(), 503)
        if not self.migrated:
            return _answer({"status": "unavailable", "wrong": ["migrations"]} | serving_state(), 503)
        return _answer({"status": "ready"} | serving_state(), 200)


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _answer(body: dict[str, object], status: int) -> HttpResponseBase:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
