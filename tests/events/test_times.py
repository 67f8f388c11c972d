"""The rules of time: how times are written, what counts as now, what is refused, and whose clock is wrong."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.events.faults import Fault, Path
from server.events.times import MOST_AHEAD, MOST_BEHIND, Clock, clock_of, read_time
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
        ("2026-01-02T03:04:04.12345678999Z", NOW - SECOND + 123_456),
        ("2026-01-02T03:04:04.5Z", NOW - SECOND // 2),
        ("2026-01-02t03:04:04z", NOW - SECOND),
        ("2026-01-02t03:04:04.5z", NOW - SECOND // 2),
        ("2026-01-02 03:04:04Z", NOW - SECOND),
        ("2026-01-02T03:04:04-00:00", NOW - SECOND),
        (1767323044000, NOW - SECOND),
        (1767323044000.5, NOW - SECOND + 500),
        (1767323044000.0, NOW - SECOND),
        (None, NOW),
    ],
)
def test_a_time_is_a_text_with_an_offset_or_milliseconds(written: Any, time: int) -> None:
    assert RIGHT.time_of(written) == time


@pytest.mark.parametrize(
    "written",
    [
        "",
        "now",
        "2026-01-02",
        "1767323044000",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.678",
        "2026-01-02T03:04:61Z",
        "2026-01-02T24:00:00Z",
        "2026-W01-5T03:04Z",
        "2026-W01-5T03:04:05Z",
        "2026-002T03:04:05Z",
        "20260102T030405Z",
        "20260102T030405.678Z",
        "2026-01-02T03:04Z",
        "2026-01-02T03Z",
        "2026-01-02T0304:05Z",
        "2026-01-02_03:04:05Z",
        "02026-01-02T03:04:05Z",
        "2026-01-02T03:04:05,678Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.6 8Z",
        "2026-01-02T03:04:05.678ZZ",
        "2026-01-02T03:04:05+0200",
        "2026-01-02T03:04:05+02",
        "2026-01-02T03:04:05+02:60",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+02:00:30",
        "2026-01-02T03:04:05.678+02:00Z",
        "2026-01-02T03:04:05Z\n",
        " 2026-01-02T03:04:05Z",
        "\uff12026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.\u0667Z",
        "2026-01-02T03:04:05.678\ud800Z",
        "2026-01-02T03:04:05.123456xyzZ",
        "2026-01-02T03:04:05.1234567\0Z",
    ],
)
def test_a_text_that_does_not_say_when_as_rfc_3339_has_it_is_refused(written: str) -> None:
    assert refused(written) == "BAD_TIME"


@pytest.mark.parametrize("written", ["2026-01-02T03:04:05", "2026-01-02T03:04:05.678"])
def test_a_text_without_an_offset_is_told_that_it_lacks_one(written: str) -> None:
    with pytest.raises(Fault, match="no offset from UTC: end it with Z, or with one such as"):
        read_time(written, ("time",))


FIELD = st.integers(0, 99).map("{:02}".format)
ODDS = [*"-:.,+ zZtTW0123456789", "", "24", "60", ".678", ":30", "+02:00", "+0200", "2026", "\uff12"]


@st.composite
def nearly_times(draw: st.DrawFn) -> str:
    """A time in which a few things may be others: half of the forms that a parser may know come of it."""
    text = "2026-{}-{}T{}:{}:{}".format(*(draw(FIELD) for _ in range(5))) + draw(st.sampled_from(["", ".5", ".678"]))
    text += draw(st.sampled_from(["Z", "+00:00", "-05:30"]))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(ODDS)) + text[place + draw(st.integers(0, 3)) :]
    return text


RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


@given(nearly_times())
@example("2026-01-02T03:04:05.Z")
def test_nothing_is_read_but_what_rfc_3339_has(written: str) -> None:
    try:
        read_time(written, ("time",))
    except Fault as fault:
        assert fault.code == "BAD_TIME"
    else:
        assert RFC_3339.fullmatch(written)


@pytest.mark.parametrize(
    ("written", "as_well"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31t23:59:60.25z", "2017-01-01T00:00:00.25Z"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"),
        ("2016-12-31T15:59:60.5-08:00", "2017-01-01T00:00:00.5Z"),
    ],
)
def test_a_leap_second_counts_as_the_second_after_it(written: str, as_well: str) -> None:
    assert read_time(written, ("time",)) == read_time(as_well, ("time",))


@pytest.mark.parametrize("written", ["2016-12-31T23:59:60+01:00", "2026-01-02T03:04:60Z", "2016-02-30T23:59:60Z"])
def test_there_are_leap_seconds_only_at_the_end_of_a_day_in_utc(written: str) -> None:
    assert refused(written) == "BAD_TIME"


SENT = 1767323044.5
"""In seconds, as some languages have it, half a second before it is received."""


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        *((time, "seconds") for time in (SENT, int(SENT), 0, 0.0, -0.5, -int(SENT), -1e300, 10**11 - 1, -(10**400))),
        *((time, "microseconds") for time in (10**14, SENT * 1e6, int(SENT) * 10**9, 1e300, 10**400)),
    ],
)
@pytest.mark.parametrize("path", [("time",), ("sentAt",)])
def test_a_number_that_looks_like_one_of_another_unit_is_refused(written: float, unit: str, path: Path) -> None:
    with pytest.raises(Fault) as caught:
        read_time(written, path)

    assert (caught.value.code, caught.value.path) == ("BAD_TIME", path)
    assert caught.value.message == f"A number is of milliseconds since 1970; this looks like one of {unit}."


@pytest.mark.parametrize("times", [1, 1e6])
def test_times_in_another_unit_are_not_taken_for_those_of_a_wrong_clock(times: float) -> None:
    with pytest.raises(Fault):
        clock_of(NOW, SENT * times)


def test_numbers_are_of_milliseconds_from_1973_to_5138() -> None:
    first, last = "1973-03-03T09:46:40Z", "5138-11-16T09:46:39.999Z"

    assert read_time(10**11, ()) == read_time(float(10**11), ()) == read_time(first, ())
    assert read_time(10**14 - 1, ()) == read_time(last, ())


@pytest.mark.parametrize("written", [True, [], {}, float("nan"), float("inf")])
def test_what_is_neither_text_nor_number_is_refused(written: Any) -> None:
    assert refused(written) == "WRONG_TYPE"


def test_what_is_a_little_ahead_counts_as_received_now_and_what_is_far_ahead_is_refused() -> None:
    assert RIGHT.time_of(in_ms(NOW + 1000)) == NOW
    assert RIGHT.time_of(in_ms(NOW + MOST_AHEAD)) == NOW
    assert refused(in_ms(NOW + MOST_AHEAD + 1000)) == "IN_THE_FUTURE"
    assert refused("9999-12-31T23:59:59-23:59") == "IN_THE_FUTURE"
    assert refused(10**14 - 1) == "IN_THE_FUTURE"
    assert MOST_AHEAD == 600 * SECOND


def test_what_is_older_than_thirty_days_is_refused() -> None:
    assert RIGHT.time_of(in_ms(NOW - MOST_BEHIND)) == NOW - MOST_BEHIND
    assert refused(in_ms(NOW - MOST_BEHIND - 1000)) == "TOO_OLD"
    assert refused("0001-01-01T00:00:00+23:59") == "TOO_OLD"
    assert refused(10**11) == "TOO_OLD"
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


@pytest.mark.parametrize("year", [1970, 1999, 2058])
def test_a_clock_that_is_decades_off_is_corrected(year: int) -> None:
    clock = clock_of(NOW, f"{year}-01-01T00:01:00Z")

    assert clock.time_of(f"{year}-01-01T00:00:30Z") == NOW - 30 * SECOND
    assert refused(f"{year}-01-01T00:12:00Z", clock) == "IN_THE_FUTURE"


def test_a_payload_that_does_not_say_when_it_was_sent_is_taken_at_its_word() -> None:
    assert clock_of(NOW, None) == RIGHT


def test_a_time_of_sending_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Fault) as caught:
        clock_of(NOW, "soon")

    assert (caught.value.code, caught.value.path) == ("BAD_TIME", ("sentAt",))
