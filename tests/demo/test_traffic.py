"""The traffic of the demo's shop: the same for the same seed, and as unsound as real traffic is."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.demo.meeting import Deal, deals_of
from server.demo.past import record_the_past
from server.demo.shop import PRODUCTION, Shop
from server.demo.traffic import traffic
from server.demo.visitors import visits
from server.evaluation.engine import compile_environment, evaluate
from server.events.reading import read_events
from server.experimentation.models import Experiment, Status
from server.experimentation.snapshots import environment_document
from server.warehouse.times import DAY

UNTIL = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
SINCE = UNTIL - 20 * 86_400


def sent(deals: list[Deal], visitors: int = 400) -> dict[int, list[dict[str, object]]]:
    coming = visits(visitors=visitors, since=SINCE, until=UNTIL, seed=3)
    return traffic(coming, deals, until=UNTIL, seed=3)


def test_the_same_seed_sends_the_same() -> None:
    assert sent([]) == sent([])


def test_every_event_is_one_that_the_door_takes() -> None:
    for day, events in sent([]).items():
        received = (day + 1) * DAY
        assert read_events(events, sent_at=None, received_at_us=received).rejected == ()


def test_some_of_it_is_sent_twice_and_some_late() -> None:
    received = sent([], visitors=2_000)
    ids = Counter(event["id"] for events in received.values() for event in events)
    late = [
        event
        for day, events in received.items()
        for event in events
        if datetime.fromisoformat(str(event["time"])).timestamp() // 86_400 < day
    ]

    assert 0.001 < sum(count > 1 for count in ids.values()) / len(ids) < 0.01
    assert 0.002 < len(late) / len(ids) < 0.02


@pytest.mark.django_db
def test_who_meets_what_is_what_the_engine_says(shop: Shop) -> None:
    now = timezone.now()
    environment = shop.environments[PRODUCTION]
    running = list(Experiment.objects.filter(environment=environment, status=Status.RUNNING).order_by("pk"))
    served = compile_environment(environment_document(environment.pk))

    for deal in deals_of(running, now=now):
        for number in range(300):
            key = f"customer-{number:05}"
            # A customer whom no override ahead of the experiment takes.
            answer = evaluate(served, deal.flag, key, {"customerId": "c-1"})
            expected = (answer.phase, answer.variant) if answer.in_experiment else None
            assert deal.met(key, now.timestamp() - 60) == expected


@pytest.mark.django_db
def test_more_visitors_cost_no_more_statements(shop: Shop) -> None:
    def statements(visitors: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            record_the_past(shop, now=timezone.now(), visitors=visitors)
        return len(queries)

    assert statements(500) == statements(1_000)
