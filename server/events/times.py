"""The rules of time: when an event counts as having happened, and when it is refused. Reads no clock.

All times are whole microseconds since the epoch, in UTC.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from server.events.faults import Fault, Path
from server.warehouse.times import DAY, MINUTE, SECOND, microseconds_of

MOST_AHEAD = 10 * MINUTE
"""An event this far in the future counts as happening when it is received; one further ahead is refused."""

MOST_BEHIND = 30 * DAY
"""An older event is refused."""

MOST_SKEW = 5 * SECOND
"""A sender's clock that differs by more is wrong, and its times are corrected."""

LEAST_NUMBER = 10**11
"""Of milliseconds: in 1973. What happens now is less than that in seconds, and will be until 5138."""

NUMBERS_END = 10**14
"""Of milliseconds: in 5138. What happens now is more than that in microseconds, and has been since 1973."""

_FORMS = "a time is a text as RFC 3339 has it, such as 2026-01-02T03:04:05Z, or a number of milliseconds since 1970"
_UNREADABLE = f"This cannot be read: {_FORMS}."

# Only the shape: that there are digits, and that there is such a day, the standard library finds out. By itself it
# would take other forms of ISO 8601, too, and in some versions an hour 24.
_has_shape = re.compile(r"....-..-..[Tt ](?!24)..:..:..(?:\.[0-9]+)?(?:[Zz]|[+-]..:[0-5].)", re.DOTALL).fullmatch
_parse = datetime.fromisoformat

# What stands at every third place of the usual forms in UTC: with whole seconds, or with three digits or more after
# the dot. To look at these takes less than half of the expression's time.
_LONGEST_USUAL = len("2026-01-02T03:04:05.123456Z")
_USUAL = frozenset({"--T::Z", *(f"--T::.{digit}" for digit in range(10))})


def read_time(value: Any, path: Path) -> int:
    """The time that a text or a number says.

    Raises:
        Fault: it says none. A text without an offset from UTC is no time either: nobody knows which it means. Nor
            is a number that looks like one of another unit: where ``sentAt`` is in that unit, too, it would pass
            for a wrong clock, and what is a minute apart would come out a thousandth or a thousand of it apart.
    """
    if type(value) is str:
        usual = len(value) <= _LONGEST_USUAL and value[4:23:3] in _USUAL and value[-1] == "Z" and "T24" not in value
        if not usual and not _has_shape(value):
            raise Fault("BAD_TIME", path, _why_not(value))
        try:
            return microseconds_of(_parse(value))
        except ValueError:
            return _read_rare(value, path)
    if type(value) is int and LEAST_NUMBER <= value < NUMBERS_END:
        return value * 1000
    if type(value) is float and LEAST_NUMBER <= value < NUMBERS_END:
        return round(value * 1000)
    if type(value) is int or (type(value) is float and isfinite(value)):
        unit = "seconds" if value < LEAST_NUMBER else "microseconds"
        raise Fault("BAD_TIME", path, f"A number is of milliseconds since 1970; this looks like one of {unit}.")
    raise Fault("WRONG_TYPE", path, f"This is no time: {_FORMS}.")


def _read_rare(text: str, path: Path) -> int:
    """What the standard library refuses: a small ``z``, and a leap second, which counts as the second after it."""
    text = text.upper()
    leap = text[17:19] == "60"
    try:
        time = microseconds_of(_parse(f"{text[:17]}59{text[19:]}" if leap else text))
    except ValueError:
        raise Fault("BAD_TIME", path, _UNREADABLE) from None
    if not leap:
        return time
    if (time + SECOND) % DAY >= SECOND:
        raise Fault("BAD_TIME", path, "There are leap seconds only at the end of a day in UTC.")
    return time + SECOND


def _why_not(text: str) -> str:
    if _has_shape(f"{text}Z"):
        return "This time has no offset from UTC: end it with Z, or with one such as +02:00."
    return _UNREADABLE


@dataclass(frozen=True, slots=True)
class Clock:
    """When a payload was received, and by how much the sender's clock is behind ours (0 where it is right)."""

    received: int
    behind: int = 0

    def time_of(self, value: Any) -> int:
        """When an event happened that says this of its time; when it was received, where it says nothing.

        Raises:
            Fault: it says nothing that can be read, or a time that is not taken.
        """
        if value is None:
            return self.received
        time = read_time(value, ("time",)) + self.behind
        if time > self.received:
            if time - self.received > MOST_AHEAD:
                raise Fault("IN_THE_FUTURE", ("time",), "This is more than 10 minutes in the future.")
            return self.received
        if self.received - time > MOST_BEHIND:
            raise Fault("TOO_OLD", ("time",), "This is more than 30 days ago.")
        return time


def clock_of(received: int, sent_at: Any) -> Clock:
    """The clock for a payload that says when it was sent, by the clock that its events' times are of; or does not.

    Raises:
        Fault: it says so in no way that can be read.
    """
    if sent_at is None:
        return Clock(received)
    behind = received - read_time(sent_at, ("sentAt",))
    return Clock(received, behind if abs(behind) > MOST_SKEW else 0)
