"""What a stored baseline says to whoever plans."""

import pytest
from django.db import IntegrityError, transaction

from server.accounts.authors import Scope
from server.accounts.roles import Role
from server.experimentation.models import MetricKind
from server.experimentation.planning.history import History, Place, baselines_in, find_history, history_of
from server.experimentation.stats.analysis import Sample
from server.experimentation.stats.power import Baseline
from server.experimentation.stats.quantiles import QuantileSummary
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.projects.models import Versioning
from tests.experimentation.measuring import new_metric, redefine
from tests.experimentation.planning.remembering import remember
from tests.factories import World, new_author, new_world

RATIO = RatioSums(
    100, numerator_sum=50, numerator_sum_squares=50, denominator_sum=200, denominator_sum_squares=500, product_sum=125
)
QUANTILE = QuantileSummary(10_000, 0.9, 400.0, 390.0, 410.0)


@pytest.mark.parametrize(
    ("kind", "sample", "value", "spread", "units_per_day"),
    [
        (MetricKind.PROPORTION, ProportionCounts(14_000, 700), 0.05, 0.0475, 1_000.0),
        (MetricKind.RETENTION, ProportionCounts(7_000, 700), 0.1, 0.09, 1_000.0),
        (MetricKind.SUM, MeanSums(14_000, 28_000.0, 70_000.0), 2.0, 14_000 / 13_999, 1_000.0),
        # One unit in seven has an event: the others are left out, and so are seven in eight of those that come.
        (MetricKind.MEAN, MeanSums(2_000, 4_000.0, 10_000.0), 2.0, 2_000 / 1_999, 1_000 / 7),
        (MetricKind.QUANTILE, QUANTILE, 400.0, (20 / 3.919927969080108) ** 2 * 9_999, 10_000 / 14),
        (MetricKind.RATIO, RATIO, 0.25, (25 - 0.5 * 25 + 0.0625 * 100) / 99 / 4, 1_000.0),
    ],
)
def test_a_baseline_is_the_value_the_variance_between_units_and_the_units_that_count(
    world: World, kind: MetricKind, sample: Sample, value: float, spread: float, units_per_day: float
) -> None:
    stored = remember(world, new_metric(world), sample)

    history = history_of(stored, kind)

    assert isinstance(history.baseline, Baseline)
    assert history.baseline.is_proportion == isinstance(sample, ProportionCounts)
    assert (history.baseline.value, history.baseline.unit_variance) == pytest.approx((value, spread))
    assert history.counted == sample.units  # type: ignore[union-attr]
    assert history.units_per_day == pytest.approx(units_per_day)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (ProportionCounts(0, 0), Reason.TOO_FEW_UNITS),
        (MeanSums(100, 1e30, 1e62), Reason.IMPOSSIBLE_SUMS),
    ],
)
def test_where_there_is_no_number_there_is_its_reason(world: World, sample: Sample, reason: Reason) -> None:
    stored = remember(world, new_metric(world), sample, units=0, units_per_day=0.0)

    assert history_of(stored, MetricKind.MEAN).baseline == NoResult(reason)


def test_there_is_no_baseline_without_sums(world: World) -> None:
    metric = new_metric(world)

    with pytest.raises(IntegrityError, match="sums"), transaction.atomic():
        remember(world, metric, sums=None)


def test_only_what_a_metric_means_now_is_its_history(world: World) -> None:
    metric = new_metric(world)
    remember(world, metric)
    place = Place(world.environment.pk, metric.pk)
    before = find_history(place, world.author)

    redefine(world, metric)

    assert before == History(Baseline.of_proportion(0.05), 14_000, 1_000.0)
    assert find_history(place, world.author) == NoResult(Reason.NO_HISTORY)
    assert baselines_in(world.environment.pk, world.author) == {}


def test_environment_and_metric_are_of_one_project_and_seen(world: World) -> None:
    metric, other = new_metric(world), world.with_project()
    staging = world.with_environment(Versioning.V2)
    remember(world, metric)
    here, project = world.environment.pk, (world.organisation.pk, world.project.pk)
    only_staging = new_author(
        world.organisation, Role.OWNER, project_id=world.project.pk, environment_id=staging.environment.pk
    )

    assert find_history(Place(here, metric.pk), world.author) is not None
    assert find_history(Place(other.environment.pk, metric.pk), world.author) is None
    assert find_history(Place(here, new_metric(other).pk), world.author) is None
    assert find_history(Place(0, metric.pk), world.author) is None
    assert find_history(Place(here, metric.pk), new_world().author) is None
    assert only_staging.grants[0].scope == Scope(*project, staging.environment.pk)
    assert find_history(Place(here, metric.pk), only_staging) is None
    assert baselines_in(here, only_staging) == {}
    assert find_history(Place(staging.environment.pk, metric.pk), only_staging) == NoResult(Reason.NO_HISTORY)
