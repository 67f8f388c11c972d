"""What metrics come to in an environment without any experiment, in the API: for planning. Computes nothing."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import Info

from server.experimentation import models
from server.experimentation.planning.history import baselines_in, history_of
from server.experimentation.stats.reasons import NoResult as Nothing
from server.experimentation.stats.reasons import Reason
from server.schema.authors import author_of
from server.schema.ids import decode_id
from server.schema.scalars import Count
from server.schema.statistics.plans import MetricBaselineOrNoResult, metric_baseline_of
from server.schema.statistics.terms import NoResult, no_result_of, or_no_result, told

_KEPT = "baselines of environments"


@strawberry.type(
    description=(
        "What a metric came to in an environment of late, without any experiment. A unit is followed from its first "
        "event in these days. A worker computes it every day while there are events, or when `refreshBaseline` asks."
    )
)
class EnvironmentBaseline:
    level: MetricBaselineOrNoResult = strawberry.field(description="Its value, and its variance between units.")
    units: Count = strawberry.field(description="How many units had any event.")
    counted_units: Count = strawberry.field(
        description="How many of them the metric counts: a mean and a quantile leave out units without an event of it."
    )
    units_per_day: float = strawberry.field(
        description="How many units that count came anew each day: what a duration is planned with."
    )
    days: int = strawberry.field(description="How many days it looks back on.")
    computed_at: datetime = strawberry.field(description="When it was computed: up to then it looks.")
    engine: str = strawberry.field(description="Which engine counted, with its version.")


EnvironmentBaselineOrNoResult = Annotated[EnvironmentBaseline | NoResult, or_no_result("EnvironmentBaseline")]


def baseline_of(metric: models.Metric, environment_id: str, info: Info) -> EnvironmentBaseline | NoResult:
    """A metric's baseline in an environment; asked once a request for all metrics of the environment's project."""
    kept: dict[str, Any] = vars(info.context)
    by_environment: dict[int, dict[int, models.Baseline]] = kept.setdefault(_KEPT, {})
    key = decode_id(environment_id, "Environment")
    if key not in by_environment:
        by_environment[key] = baselines_in(key, author_of(info))
    stored = by_environment[key].get(metric.pk)
    return no_result_of(Nothing(Reason.NO_HISTORY)) if stored is None else _told(stored)


def _told(stored: models.Baseline) -> EnvironmentBaseline:
    history = history_of(stored, models.MetricKind(stored.version.kind))
    return EnvironmentBaseline(
        level=told(history.baseline, metric_baseline_of),
        units=stored.units,
        counted_units=history.counted,
        units_per_day=history.units_per_day,
        days=stored.days,
        computed_at=stored.computed_at,
        engine=stored.engine,
    )
