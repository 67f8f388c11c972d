"""What an A/A replay has found, as it is stored and read. Deals nothing, and loads nothing that does."""

from dataclasses import dataclass

from server.experimentation.models import MetricKind, MetricRole
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.terms import Interval


@dataclass(frozen=True, slots=True)
class RedealtMetric:
    """How often a metric was significant where there is nothing: ``tests`` are those that gave a p-value.

    ``rate`` is false positives of one look over tests, with its 95 % interval: Wilson's, of as many independent tests
    as these are worth, for those of one run share control. The same look through the always-valid p-value is counted
    beside it.
    """

    tests: int
    false_positives: int
    always_valid_false_positives: int
    rate: float | NoResult
    interval: Interval | NoResult


@dataclass(frozen=True, slots=True)
class ReplayedMetric:
    """What became of one metric of the plan. Documents of earlier do not say its kind."""

    metric_version_id: int
    key: str
    role: MetricRole
    outcome: RedealtMetric
    metric_kind: MetricKind | None = None


@dataclass(frozen=True, slots=True)
class ReplayDocument:
    """A whole replay; in ``false_findings`` runs the plan would have called a treatment better or worse.

    ``units`` were dealt in each run. Where there are more than a replay deals, they were drawn from ``units_in_all``.
    """

    units: int
    variants: tuple[str, ...]
    alpha: float
    false_findings: int
    metrics: tuple[ReplayedMetric, ...]
    units_in_all: int | None = None
