"""Between Python's times and the whole microseconds and days that the warehouse counts in. Reads no clock."""

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
A_DAY = 86_400_000_000
"""In microseconds."""


def microseconds(moment: datetime) -> int:
    """Since the epoch."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(time: int) -> datetime:
    """The moment that is so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=time)


def date_of(day: int) -> date:
    """The date that is so many days after the epoch."""
    return (EPOCH + timedelta(days=day)).date()
