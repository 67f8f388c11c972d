"""What waits of an environment's events and what was taken over, as the API tells it; and what that costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from server.events.models import Intake
from server.events.reading import read_events
from server.events.services.record_events import record_events
from server.projects.models import Environment, Versioning
from server.warehouse.times import microseconds_of
from tests.factories import World, new_world
from tests.schema.api import Api, gid

pytestmark = pytest.mark.django_db

FIELDS = """ingestion {
  backlogBatches backlogEvents backlogBytes oldestReceivedAt lagSeconds storedToday duplicatesToday lastReceivedAt
}"""
ONE = f"query($id: ID!) {{ node(id: $id) {{ ... on Environment {{ {FIELDS} }} }} }}"
PAGE = f"query($id: ID!) {{ environments(projectId: $id) {{ edges {{ node {{ name {FIELDS} }} }} }} }}"
NOTHING = {
    **dict.fromkeys(["backlogBatches", "backlogEvents", "backlogBytes", "storedToday", "duplicatesToday"], 0),
    "lagSeconds": 0.0,
    "oldestReceivedAt": None,
    "lastReceivedAt": None,
}


def receive(environment: Environment, count: int, at: datetime) -> int:
    """So many events; how large they are."""
    events = [{"type": "event", "id": f"e-{n}", "targetingKey": "u", "name": "view"} for n in range(count)]
    batch = read_events(events, sent_at=None, received_at_us=microseconds_of(at))
    record_events(environment_id=environment.pk, batch=batch, now=at)
    return len(batch.lines)


def ingestion(api: Api, world: World) -> dict[str, Any]:
    found: dict[str, Any] = api(ONE, id=gid(world.environment))["node"]["ingestion"]
    return found


def test_where_nothing_ever_came_there_is_nothing(world: World, api: Api) -> None:
    receive(new_world().environment, 3, timezone.now())

    assert ingestion(api, world) == NOTHING


def test_what_waits_and_what_was_taken_over_today_is_told(world: World, api: Api) -> None:
    now = datetime.now(UTC)
    size = receive(world.environment, 2, now - timedelta(seconds=100)) + receive(world.environment, 3, now)
    for days, stored in ((0, 3_000_000_000), (1, 7)):
        day, received = (now - timedelta(days=days)).date(), now - timedelta(days=days, minutes=5)
        Intake.objects.create(
            environment=world.environment, day=day, stored=stored, duplicates=11, last_received_at=received
        )

    told = ingestion(api, world)
    assert 100 <= told.pop("lagSeconds") < 200
    assert datetime.fromisoformat(told.pop("oldestReceivedAt")) == now - timedelta(seconds=100)
    assert datetime.fromisoformat(told.pop("lastReceivedAt")) == now
    assert told == {
        "backlogBatches": 2,
        "backlogEvents": 5,
        "backlogBytes": size,
        "storedToday": 3_000_000_000,
        "duplicatesToday": 11,
    }


def test_once_all_is_moved_the_last_batch_is_that_of_the_newest_day(world: World, api: Api) -> None:
    newest = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    for received in (newest, newest - timedelta(days=3)):
        Intake.objects.create(environment=world.environment, day=received.date(), last_received_at=received)

    told = ingestion(api, world)
    assert datetime.fromisoformat(told.pop("lastReceivedAt")) == newest
    assert told == {name: value for name, value in NOTHING.items() if name != "lastReceivedAt"}


def test_a_page_of_environments_takes_as_many_statements_as_one(world: World, api: Api) -> None:
    receive(world.environment, 1, timezone.now())
    one = api.statements(PAGE, id=gid(world.project))
    for number in range(9):
        receive(world.with_environment(Versioning.V2, f"staging {number}").environment, 1, timezone.now())

    found = api(PAGE, id=gid(world.project))["environments"]["edges"]
    assert [edge["node"]["ingestion"]["backlogEvents"] for edge in found] == [1] * 10
    assert api.statements(PAGE, id=gid(world.project)) == one == 1
