"""Have events been removed that an experiment's figures need? Tells it from times alone, and removes nothing."""

from datetime import timedelta
from enum import Enum, auto

from django.conf import settings

from server.experimentation.results.document import ScopeFigures
from server.experimentation.results.health_terms import HealthCheck, HealthCode, HealthStatus, said
from server.warehouse.open import is_read_only
from server.warehouse.times import DAY, moment_of

SOON = timedelta(days=7)
"""So long before it happens people are told: afterwards no setting brings the events back."""


class Forgotten(Enum):
    """What a warehouse that does not keep events for ever has removed."""

    NOTHING = auto()
    PAST = auto()
    """Some of what units did before they met the experiment: less is explained by it, and nothing is wrong."""
    FIGURES = auto()
    """Some of what counts: units and outcomes are missing."""


def days_kept() -> int:
    """For how many days the warehouse keeps events; 0 is for ever, also where it is only read."""
    days: int = settings.WAREHOUSE_KEEP_DAYS
    return 0 if is_read_only() else days


def forgotten(*, opened: int, now: int, keep_days: int, lookback_days: int = 0) -> Forgotten:
    """What has been removed, by now, of a scope that opened then; both in microseconds."""
    kept_since = now - keep_days * DAY
    if not keep_days or opened - lookback_days * DAY >= kept_since:
        return Forgotten.NOTHING
    return Forgotten.FIGURES if opened < kept_since else Forgotten.PAST


def forgotten_check(
    judged: ScopeFigures, *, computed: int, keep_days: int, lookback_days: int, goes_on: bool
) -> HealthCheck:
    """The check of what is judged, as it was computed; ``goes_on`` says that it will be computed again."""
    since = said(moment_of(computed - keep_days * DAY))
    setting = f"WAREHOUSE_KEEP_DAYS is {keep_days}"
    removed = f"Events from before {since} have been removed ({setting})"
    found = forgotten(opened=judged.opened, now=computed, keep_days=keep_days, lookback_days=lookback_days)
    status, message = HealthStatus.OK, "All events that count are kept."
    gone = moment_of(judged.opened + keep_days * DAY)
    if found is Forgotten.FIGURES:
        status = HealthStatus.PROBLEM
        message = (
            f"{removed}, and what is judged opened at {said(moment_of(judged.opened))}: units and outcomes are "
            "missing, and the verdict cannot be trusted. Raise WAREHOUSE_KEEP_DAYS above what an experiment takes, and "
            "repeat it."
        )
    elif goes_on and keep_days and gone - moment_of(computed) < SOON:
        status = HealthStatus.WARNING
        message = (
            f"From {said(gone)} on, events that count are removed ({setting}), and the verdict cannot be trusted any "
            "more: raise it, or complete the experiment before."
        )
    elif found is Forgotten.PAST:
        status = HealthStatus.WARNING
        message = (
            f"{removed}, and with them some of what units did before they met the experiment: values are adjusted by "
            "less of it (CUPED), and intervals are wider. Raise WAREHOUSE_KEEP_DAYS."
        )
    return HealthCheck(HealthCode.EVENTS_FORGOTTEN, status, message)
