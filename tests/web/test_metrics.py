"""What Prometheus reads: numbers of all tenants together, in its own format, and no name of anybody."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from server.events.models import Block, Intake
from server.events.reading import read_events
from server.events.services.record_events import record_events
from server.warehouse.times import microseconds_of
from server.web.health import HealthMiddleware
from tests.factories import new_world

LINE = re.compile(r"(?:# HELP (fairsplit_[a-z_]+) .+|# TYPE (fairsplit_[a-z_]+) (?:gauge|counter)|(fairsplit_\w+) \S+)")


def inner(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def scraped() -> dict[str, float]:
    answer = HealthMiddleware(inner)(RequestFactory().get("/metrics"))
    assert isinstance(answer, HttpResponse)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = answer.content.decode().splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}


@pytest.mark.django_db
def test_an_empty_outbox_is_all_zeros() -> None:
    found = scraped()

    assert len(found) == 8
    assert set(found.values()) == {0.0}


@pytest.mark.django_db
def test_what_waits_and_what_was_moved_is_told_of_all_tenants_together() -> None:
    now, size = timezone.now(), 0
    for world in (new_world(name="Acme"), new_world(name="Umbrella")):
        events = [{"type": "event", "id": f"e-{n}", "targetingKey": "u", "name": "view"} for n in range(3)]
        batch = read_events(events, sent_at=None, received_at_us=microseconds_of(now))
        record_events(environment_id=world.environment.pk, batch=batch, now=now - timedelta(seconds=60))
        size += len(batch.lines)
        Intake.objects.create(
            environment=world.environment, day=now.date(), stored=5, duplicates=2, last_received_at=now
        )
    Block.objects.create(prepared_at=now - timedelta(seconds=30), events=0)

    with override_settings(OUTBOX_MAX_BYTES=0):
        found = scraped()
    assert 60 <= found.pop("fairsplit_outbox_lag_seconds") < 90
    assert 30 <= found.pop("fairsplit_block_moving_seconds") < 60
    assert found == {
        "fairsplit_outbox_batches": 2,
        "fairsplit_outbox_events": 6,
        "fairsplit_outbox_bytes": size,
        "fairsplit_outbox_full": 1,
        "fairsplit_events_stored_total": 10,
        "fairsplit_events_duplicate_total": 4,
    }


@pytest.mark.django_db(transaction=True)
def test_without_a_database_there_are_no_numbers_rather_than_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        patch.setitem(connection.settings_dict, "OPTIONS", {})
        answer = HealthMiddleware(inner)(RequestFactory().get("/metrics"))

    assert isinstance(answer, HttpResponse)
    assert (answer.status_code, answer.content) == (503, b"")
    assert scraped()["fairsplit_outbox_batches"] == 0


@pytest.mark.django_db
def test_it_is_scraped_by_address_whatever_the_host(client: Client) -> None:
    assert client.get("/metrics", headers={"host": "10.1.2.3"}).status_code == 200
