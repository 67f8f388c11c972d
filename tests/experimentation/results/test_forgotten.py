"""Events that are not kept for as long as an experiment takes."""

import pytest

from server.experimentation.results.forgotten import Forgotten, days_kept, forgotten
from server.warehouse.times import DAY

NOW = 20_000 * DAY
NOTHING, PAST, FIGURES = Forgotten.NOTHING, Forgotten.PAST, Forgotten.FIGURES


@pytest.mark.parametrize(
    ("days", "lookback", "expected"),
    [
        (0, 0, NOTHING),
        (30, 0, NOTHING),
        (30 + 1 / DAY, 0, FIGURES),
        (31, 14, FIGURES),
        (16, 14, NOTHING),
        (16 + 1 / DAY, 14, PAST),
        (30, 14, PAST),
    ],
)
def test_what_was_removed_depends_on_when_it_opened_and_how_far_it_looks_back(
    days: float, lookback: int, expected: Forgotten
) -> None:
    opened = NOW - round(days * DAY)

    assert forgotten(opened=opened, now=NOW, keep_days=30, lookback_days=lookback) is expected


def test_a_warehouse_that_keeps_events_for_ever_has_forgotten_nothing() -> None:
    assert forgotten(opened=0, now=NOW, keep_days=0, lookback_days=90) is NOTHING


@pytest.mark.parametrize(
    ("url", "expected"),
    [("", 30), ("clickhouse://localhost/events", 30), ("bigquery://project/set", 0), ("snowflake://a/b/c", 0)],
)
def test_from_a_warehouse_that_is_only_read_nothing_is_removed(url: str, expected: int, settings) -> None:  # type: ignore[no-untyped-def]
    settings.WAREHOUSE_URL, settings.WAREHOUSE_KEEP_DAYS = url, 30

    assert days_kept() == expected
