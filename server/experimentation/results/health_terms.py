"""The words in which an experiment's health is told. Checks nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.srm import SrmResult


class HealthStatus(StrEnum):
    """What came of a check. The values are stable, and stand from the best to the worst."""

    OK = "OK"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    """It cannot be said yet."""
    WARNING = "WARNING"
    """Figures stand; somebody should look."""
    PROBLEM = "PROBLEM"
    """Figures cannot be trusted, or are not there."""


class HealthCode(StrEnum):
    """What was checked. The values are stable."""

    RESULTS = "RESULTS"
    """Are results computed, and are they of late?"""
    WAITING_EVENTS = "WAITING_EVENTS"
    """Are accepted events missing from the figures?"""
    PLAN = "PLAN"
    """Is there a plan, from before there was anything to see?"""
    EXPOSURES = "EXPOSURES"
    """Does anybody meet the experiment?"""
    SPLIT = "SPLIT"
    """Have the variants the units that one phase's split says?"""
    SPLIT_OF_VALUE = "SPLIT_OF_VALUE"
    """The same of the units with one value of a property."""
    SEVERAL_VARIANTS = "SEVERAL_VARIANTS"
    """Does every unit stay with its variant?"""
    OUTSIDE_PHASE = "OUTSIDE_PHASE"
    """Do exposures happen within the phase that they name?"""
    UNKNOWN_VARIANTS = "UNKNOWN_VARIANTS"
    """Do exposures name variants that there are?"""
    EVENTS_FORGOTTEN = "EVENTS_FORGOTTEN"
    """Are the events still kept that the figures need?"""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check: what came of it, what to do, and what it was told from.

    ``phase``, ``property`` and ``value`` say what of; a ``value`` of None is that of units without the
    property. ``count`` is of units, exposures or events, as the code says.
    """

    code: HealthCode
    status: HealthStatus
    message: str
    phase: int | None = None
    property: str | None = None
    value: str | None = None
    count: int | None = None
    since: datetime | None = None
    split: SrmResult | NoResult | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """All checks; never empty."""

    checks: tuple[HealthCheck, ...]

    @property
    def status(self) -> HealthStatus:
        """The worst of all."""
        worst = list(HealthStatus)
        return max((each.status for each in self.checks), key=worst.index)


def said(moment: datetime) -> str:
    """A time, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
