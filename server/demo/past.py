"""Gives the demo's shop the six weeks of events that its experiments are about, and has their results computed.

Events go the way of all events: read as the door reads them, through the outbox, into the warehouse.
"""

from datetime import UTC, datetime, timedelta

from server.demo.meeting import deals_of
from server.demo.shop import PRODUCTION, Shop
from server.demo.story import FOUNDED
from server.demo.traffic import traffic
from server.demo.visitors import visits
from server.events.reading import MOST_EVENTS, read_events
from server.events.services.record_events import record_events
from server.warehouse.times import microseconds_of

VISITORS = 20_000
SEED = 2026


def record_the_past(shop: Shop, *, now: datetime, visitors: int = VISITORS) -> int:
    """Put into the outbox what the shop's applications sent, day by day; answers how many events that was."""
    production = shop.environments[PRODUCTION]
    experiments = [each for each in shop.experiments.values() if each.environment_id == production.pk]
    since, until = (now - FOUNDED).timestamp(), now.timestamp()
    received = traffic(
        visits(visitors=visitors, since=since, until=until, seed=SEED),
        deals_of(experiments, now=now),
        until=until,
        seed=SEED,
    )
    count = 0
    for day in sorted(received):
        at = min(datetime.fromtimestamp(day * 86_400, UTC) + timedelta(days=1), now)
        events = received[day]
        for start in range(0, len(events), MOST_EVENTS):
            batch = read_events(events[start : start + MOST_EVENTS], sent_at=None, received_at_us=microseconds_of(at))
            assert not batch.rejected, batch.rejected[0]
            record_events(environment_id=production.pk, batch=batch, now=at)
            count += batch.events
    return count
