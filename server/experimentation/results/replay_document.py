"""What an A/A replay has found, as it is stored and read. Deals nothing, and loads nothing that does."""

from dataclasses import dataclass

from server.experimentation.models import MetricRole
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.terms import Interval


@dataclass(frozen=True, slots=True)
class RedealtMetric:
    """How often a metric was significant where there is nothing: ``tests`` are those that gave a p-value.

    ``rate`` is false positives of one look over tests, with its 95 % interval (Wilson, as if all tests were
    independent: those of one run share control); the same look through the always-valid p-value is counted beside it.
    """

    tests: int
    false_positives: int
    always_valid_false_positives: int
    rate: float | NoResult
    interval: Interval | NoResult


@dataclass(frozen=True, slots=True)
class ReplayedMetric:
    """What became of one metric of the plan."""

    metric_version_id: int
    key: str
    role: MetricRole
    outcome: RedealtMetric


@dataclass(frozen=True, slots=True)
class ReplayDocument:
    """A whole replay; in ``false_findings`` runs the plan would have called a treatment better or worse."""

    units: int
    variants: tuple[str, ...]
    alpha: float
    false_findings: int
    metrics: tuple[ReplayedMetric, ...]
