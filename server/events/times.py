"""The rules of time: when an event counts as having happened, and when it is refused. Reads no clock.

All times are whole microseconds since the epoch, in UTC.
"""

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

_FORMS = "a time is a text as RFC 3339 has it, such as 2026-01-02T03:04:05Z, or a number of milliseconds since 1970"


def read_time(value: Any, path: Path) -> int:
    """The time that a text or a number says.

    Raises:
        Fault: it says none. A text without an offset from UTC is no time either: nobody knows which it means.
    """
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Fault("BAD_TIME", path, f"This cannot be read: {_FORMS}.") from None
        if moment.tzinfo is None:
            raise Fault(
                "BAD_TIME", path, "This time has no offset from UTC: end it with Z, or with one such as +02:00."
            )
        return microseconds_of(moment)
    if type(value) is int:
        return value * 1000
    if type(value) is float and isfinite(value):
        return round(value * 1000) if abs(value) < 1e15 else int(value) * 1000
    raise Fault("WRONG_TYPE", path, f"This is no time: {_FORMS}.")


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
            message = "This is more than 30 days ago. (A number is of milliseconds since 1970, not of seconds.)"
            raise Fault("TOO_OLD", ("time",), message)
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
