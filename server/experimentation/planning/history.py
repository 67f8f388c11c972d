"""What a stored baseline says to whoever plans: in the terms of power, or why there is nothing. Reads no events."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from server.accounts.authors import Author
from server.accounts.permissions import visible
from server.experimentation.inference.ranges import LARGEST
from server.experimentation.models import Baseline, Metric, MetricKind
from server.experimentation.results.encoding import from_json
from server.experimentation.stats import power
from server.experimentation.stats.analysis import Sample, levels_of
from server.experimentation.stats.cuped import CovariateSums
from server.experimentation.stats.cuped_ratios import RatioCovariateSums
from server.experimentation.stats.moments import SMALLEST
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import ProportionCounts
from server.projects.models import Environment

ONLY_WITH_EVENTS = frozenset({MetricKind.MEAN, MetricKind.QUANTILE})
"""The kinds that leave out units without an event: fewer units a day count for them than come."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a history is looked up: a metric, in an environment of its project."""

    environment_id: int
    metric_id: int


@dataclass(frozen=True, slots=True)
class History:
    """A metric in an environment of late, without any experiment.

    ``counted`` are the units that the metric counts, and ``units_per_day`` how many of these come anew each day.
    """

    baseline: power.Baseline | NoResult
    counted: int
    units_per_day: float


def history_of(stored: Baseline, kind: MetricKind) -> History:
    """What a stored baseline of a metric of this kind says."""
    sample: Sample = from_json(stored.sums, Sample)
    counted = sample.main.units if isinstance(sample, CovariateSums | RatioCovariateSums) else sample.units
    share = counted / stored.units if kind in ONLY_WITH_EVENTS and stored.units else 1.0
    return History(_baseline(sample), counted, stored.units_per_day * share)


def _baseline(sample: Sample) -> power.Baseline | NoResult:
    (level,), _ = levels_of([sample])
    if isinstance(level, NoResult):
        return level
    if isinstance(sample, ProportionCounts):
        return power.Baseline.of_proportion(level.value)
    spread = level.unit_variance
    if abs(level.value) > LARGEST or not (spread == 0 or SMALLEST <= spread <= LARGEST):
        return NoResult(Reason.IMPOSSIBLE_SUMS)
    return power.Baseline(level.value, spread)


def visible_baselines(author: Author) -> QuerySet[Baseline]:
    """The baselines that exist for the author, of what metrics mean now."""
    within = visible(
        author,
        organisation="environment__project__organisation_id",
        project="environment__project_id",
        environment="environment_id",
    )
    return Baseline.objects.filter(within, version__metric__current=F("version")).select_related("version")


def baselines_in(environment_id: int, author: Author) -> dict[int, Baseline]:
    """All baselines of an environment that exist for the author, by the metric, with one statement."""
    rows = visible_baselines(author).filter(environment_id=environment_id)
    return {row.version.metric_id: row for row in rows}


def find_history(place: Place, author: Author) -> History | NoResult | None:
    """The history of a metric in an environment; None where the author sees no such two of one project."""
    environments = Environment.objects.filter(
        visible(author, organisation="project__organisation_id", project="project_id", environment="id")
    )
    metrics = Metric.objects.filter(visible(author, organisation="project__organisation_id", project="project_id"))
    if not metrics.filter(
        pk=place.metric_id, project__in=environments.filter(pk=place.environment_id).values("project_id")
    ).exists():
        return None
    stored = (
        visible_baselines(author)
        .filter(environment_id=place.environment_id, version__metric_id=place.metric_id)
        .first()
    )
    return NoResult(Reason.NO_HISTORY) if stored is None else history_of(stored, MetricKind(stored.version.kind))
