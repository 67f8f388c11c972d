"""What is asked of sums that somebody brings along: metrics, a split, a plan. Checks and computes nothing."""

from dataclasses import dataclass

from server.experimentation.metrics.plans import Correction, Rule
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.bayes import Prior
from server.experimentation.stats.terms import Direction, Scale


@dataclass(frozen=True, slots=True)
class ArmSums:
    """The sums of one treatment."""

    variant: str
    sums: Sample


@dataclass(frozen=True, slots=True)
class MetricSums:
    """A metric: what it is called, how its effects are measured and read, and its sums in every arm."""

    name: str
    direction: Direction
    scale: Scale
    control: Sample
    treatments: tuple[ArmSums, ...]


@dataclass(frozen=True, slots=True)
class ArmCount:
    """The units of one arm, and what the split gives it: any weight."""

    variant: str
    units: int
    share: float


@dataclass(frozen=True, slots=True)
class NamedGuardrail:
    """A metric that must not lose more than its margin; without a scale, on the metric's own."""

    metric: str
    margin: float
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class ProgressRequest:
    """How far the experiment is. Without units, those of the primary metric; without a rate, units by days."""

    units: int | None
    days: float
    units_per_day: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the experiment is to be judged. Without a number of treatments, those of the primary metric."""

    primary_metric: str
    minimum_effect: float
    rule: Rule
    guardrails: tuple[NamedGuardrail, ...]
    treatments: int | None
    power: float
    srm_alpha: float
    progress: ProgressRequest


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Metrics to analyse, with what all of them share; a split to check and a plan to judge by, if given."""

    metrics: tuple[MetricSums, ...]
    alpha: float
    tuning: float
    prior: Prior
    correction: Correction
    split: tuple[ArmCount, ...] | None
    plan: Judgement | None
