"""The rules of time: how times are written, what counts as now, what is refused, and whose clock is wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.events.faults import Fault
from server.events.times import MOST_AHEAD, MOST_BEHIND, Clock, clock_of
from server.warehouse.times import SECOND, microseconds_of

NOW = microseconds_of(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
RIGHT = Clock(NOW)


def refused(time: Any, clock: Clock = RIGHT) -> str:
    with pytest.raises(Fault) as caught:
        clock.time_of(time)
    assert caught.value.path == ("time",)
    return caught.value.code


def in_ms(time: int) -> float:
    return time / 1000


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2026-01-02T03:04:05Z", NOW),
        ("2026-01-02T03:04:05.000001Z", NOW),
        ("2026-01-02T03:04:04.999999Z", NOW - 1),
        ("2026-01-02T05:04:04.5+02:00", NOW - SECOND // 2),
        ("2026-01-01T22:04:04.5-05:00", NOW - SECOND // 2),
        ("2026-01-02 03:04:04Z", NOW - SECOND),
        (1767323044000, NOW - SECOND),
        (1767323044000.5, NOW - SECOND + 500),
        (1767323044000.0, NOW - SECOND),
        (None, NOW),
    ],
)
def test_a_time_is_a_text_with_an_offset_or_milliseconds(written: Any, time: int) -> None:
    assert RIGHT.time_of(written) == time


@pytest.mark.parametrize(
    "written", ["", "now", "2026-01-02", "2026-01-02T03:04:05", "2026-13-01T00:00:00Z", "1767323044000"]
)
def test_a_text_that_does_not_say_when_is_refused(written: str) -> None:
    assert refused(written) == "BAD_TIME"


@pytest.mark.parametrize("written", [True, [], {}, float("nan"), float("inf")])
def test_what_is_neither_text_nor_number_is_refused(written: Any) -> None:
    assert refused(written) == "WRONG_TYPE"


def test_what_is_a_little_ahead_counts_as_received_now_and_what_is_far_ahead_is_refused() -> None:
    assert RIGHT.time_of(in_ms(NOW + 1000)) == NOW
    assert RIGHT.time_of(in_ms(NOW + MOST_AHEAD)) == NOW
    assert refused(in_ms(NOW + MOST_AHEAD + 1000)) == "IN_THE_FUTURE"
    assert refused("9999-12-31T23:59:59-23:59") == "IN_THE_FUTURE"
    assert refused(1e300) == "IN_THE_FUTURE"
    assert refused(10**400) == "IN_THE_FUTURE"
    assert MOST_AHEAD == 600 * SECOND


def test_what_is_older_than_thirty_days_is_refused() -> None:
    assert RIGHT.time_of(in_ms(NOW - MOST_BEHIND)) == NOW - MOST_BEHIND
    assert refused(in_ms(NOW - MOST_BEHIND - 1000)) == "TOO_OLD"
    assert refused("0001-01-01T00:00:00+23:59") == "TOO_OLD"
    assert refused(1767323044) == "TOO_OLD"
    assert refused(-1e300) == "TOO_OLD"
    assert MOST_BEHIND == 30 * 86_400 * SECOND


@pytest.mark.parametrize(
    "wrong", [-400 * 86_400 * SECOND, -3600 * SECOND, 5_001_000, 3600 * SECOND, 400 * 86_400 * SECOND]
)
def test_the_times_of_a_wrong_clock_are_corrected_before_all_other_rules(wrong: int) -> None:
    clock = clock_of(NOW, in_ms(NOW + wrong))

    assert clock.behind == -wrong
    assert clock.time_of(in_ms(NOW + wrong - 60 * SECOND)) == NOW - 60 * SECOND
    assert clock.time_of(None) == NOW
    assert clock.time_of(in_ms(NOW + wrong + MOST_AHEAD)) == NOW
    assert refused(in_ms(NOW + wrong + MOST_AHEAD + 1000), clock) == "IN_THE_FUTURE"
    assert refused(in_ms(NOW + wrong - MOST_BEHIND - 1000), clock) == "TOO_OLD"


@pytest.mark.parametrize("wrong", [-5 * SECOND, -1000, 0, 1000, 5 * SECOND])
def test_a_clock_that_differs_by_the_way_of_the_message_is_right(wrong: int) -> None:
    assert clock_of(NOW, in_ms(NOW + wrong)) == RIGHT


def test_a_payload_that_does_not_say_when_it_was_sent_is_taken_at_its_word() -> None:
    assert clock_of(NOW, None) == RIGHT


def test_a_time_of_sending_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Fault) as caught:
        clock_of(NOW, "soon")

    assert (caught.value.code, caught.value.path) == ("BAD_TIME", ("sentAt",))
