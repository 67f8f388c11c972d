"""Between Python's times and what the warehouse counts in: whole microseconds since the epoch, UTC. Reads no clock."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
"""In microseconds, as all that follow."""

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def microseconds_of(moment: datetime) -> int:
    """Since the epoch."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(time: int) -> datetime:
    """The moment that is so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=time)
