"""Baselines in a database, as if a worker had computed them. Asserts nothing."""

from typing import Any

from server.experimentation.models import Baseline, Metric
from server.experimentation.results.encoding import to_json
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.samples import ProportionCounts
from tests.factories import NOW, World

RATE = ProportionCounts(14_000, 700)
"""Five percent of fourteen thousand units."""


def remember(world: World, metric: Metric, sample: Sample = RATE, **columns: Any) -> Baseline:
    """What the metric, as it is defined now, came to in the world's environment: of a thousand new units a day."""
    found = {
        "units": 14_000,
        "units_per_day": 1_000.0,
        "reason": "",
        "engine": "DuckDB 2.0",
        "sums": to_json(sample),
    }
    return Baseline.objects.create(
        environment=world.environment,
        version=Metric.objects.select_related("current").get(pk=metric.pk).current,
        computed_at=NOW,
        days=14,
        **(found | columns),
    )
