"""Probes and the line about each request: what a balancer and an operator rely on."""

import json
import logging

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from server.web.health import HealthMiddleware
from server.web.logs import JsonFormatter
from server.web.request_id import RequestIdMiddleware


def inner(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def probe(path: str) -> tuple[int, object]:
    response = HealthMiddleware(inner)(RequestFactory().get(path))
    assert isinstance(response, HttpResponse)
    return response.status_code, json.loads(response.content)


def test_the_process_is_up_whatever_the_database_does() -> None:
    assert probe("/healthz") == (200, {"status": "up"})  # a database would be refused here


@pytest.mark.django_db
def test_it_is_ready_with_a_migrated_database() -> None:
    assert probe("/readyz") == (200, {"status": "ready"})


@pytest.mark.django_db
def test_it_is_not_ready_while_a_migration_is_missing() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")

    assert probe("/readyz") == (503, {"status": "unavailable", "wrong": ["migrations"]})


@pytest.mark.django_db
def test_once_ready_it_does_not_wait_for_the_migrations_of_a_later_version() -> None:
    health = HealthMiddleware(inner)
    health(RequestFactory().get("/readyz"))
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")

    assert health(RequestFactory().get("/readyz")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_without_a_database_and_recovers_when_that_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        patch.setitem(connection.settings_dict, "OPTIONS", {})
        without = probe("/readyz")

    assert without == (503, {"status": "unavailable", "wrong": ["database"]})
    assert probe("/readyz") == (200, {"status": "ready"})


def test_probes_need_no_host_of_ours(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/anything", headers={"host": "10.1.2.3"}).status_code == 400


def test_an_answer_carries_the_id_that_the_caller_gave() -> None:
    request = RequestFactory().get("/anything", headers={"X-Request-Id": "balancer-0001.a_b"})

    assert RequestIdMiddleware(inner)(request)["X-Request-Id"] == "balancer-0001.a_b"


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 101, "has spaces in it", "-leading-dash", "line\nbreak123", "üüüüüüüü"]
)
def test_an_id_that_is_not_well_formed_is_replaced(given: str) -> None:
    request = RequestFactory().get("/anything", HTTP_X_REQUEST_ID=given)

    answered = RequestIdMiddleware(inner)(request)["X-Request-Id"]

    assert answered != given
    assert len(answered) == 32
    assert set(answered) <= set("0123456789abcdef")


def test_each_request_leaves_one_line_with_its_id_and_without_its_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Formatted as it is written: the request's id is known only then.
    caplog.handler.setFormatter(JsonFormatter())
    with caplog.at_level(logging.INFO, logger="fairsplit.requests"):
        request = RequestFactory().post("/graphql?token=hidden", headers={"X-Request-Id": "balancer-0001"})
        RequestIdMiddleware(inner)(request)

    (line,) = [json.loads(text) for text in caplog.text.splitlines()]
    assert (line.pop("time"), line.pop("duration_ms")) > ("2020", -1)
    assert line == {
        "level": "INFO",
        "logger": "fairsplit.requests",
        "message": "request answered",
        "request_id": "balancer-0001",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
    }


def test_a_probe_that_finds_all_well_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="fairsplit.requests"):
        RequestIdMiddleware(HealthMiddleware(inner))(RequestFactory().get("/healthz"))

    assert caplog.records == []
