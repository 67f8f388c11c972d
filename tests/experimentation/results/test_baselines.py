"""What metrics come to without an experiment."""

from datetime import timedelta

import pytest

from server.experimentation.metrics.definitions import Measured
from server.experimentation.models import Baseline, MetricKind
from server.experimentation.results.baselines import compute_baselines, environments_due
from server.experimentation.results.encoding import from_json
from server.experimentation.services.archive_metric import archive_metric
from server.experimentation.stats.samples import MeanSums, ProportionCounts
from server.projects.models import Versioning
from server.warehouse.engine import Warehouse
from server.warehouse.questions.terms import Aggregate
from tests.experimentation.results.living import a_metric, an_event, send
from tests.factories import NOW, World

DAY = timedelta(days=1)
KEYS = [f"customer-{number}" for number in range(70)]


@pytest.fixture
def lively(world: World, warehouse: Warehouse) -> World:
    """Seventy customers came a week ago, and every seventh of them paid 20."""
    came = [an_event(key, NOW - 7 * DAY, "came") for key in KEYS]
    paid = [an_event(key, NOW - 6 * DAY, "bought", value=20) for key in KEYS[::7]]
    send(world, warehouse, [*came, *paid], at=NOW - 5 * DAY)
    return world


def test_every_metric_of_the_project_is_computed_of_the_units_of_the_last_two_weeks(
    lively: World, warehouse: Warehouse
) -> None:
    buyers = a_metric(lively, "buyers")
    revenue = a_metric(lively, "revenue", MetricKind.SUM, measured=Measured("bought", Aggregate.SUM))

    compute_baselines(environment_id=lively.environment.pk, warehouse=warehouse, now=NOW)

    found = {each.version.metric_id: each for each in Baseline.objects.select_related("version")}
    assert {(each.days, each.units, each.units_per_day) for each in found.values()} == {(14, 70, 5.0)}
    assert from_json(found[buyers.pk].sums, ProportionCounts) == ProportionCounts(70, 10)
    assert from_json(found[revenue.pk].sums, MeanSums) == MeanSums(70, 200.0, 4_000.0)


def test_a_retention_looks_back_far_enough_to_follow_units_to_the_end_of_its_window(
    world: World, warehouse: Warehouse
) -> None:
    """One came each day for forty days, and half of them again in the fourth week."""
    first = [an_event(f"unit-{day}", NOW - day * DAY, "bought") for day in range(1, 41)]
    again = [an_event(f"unit-{day}", NOW - day * DAY + 22 * DAY, "bought") for day in range(24, 41, 2)]
    past = NOW - 10 * DAY
    send(world, warehouse, [each for each in [*first, *again] if each["time"] < past.isoformat()], at=past)
    send(world, warehouse, [each for each in [*first, *again] if each["time"] >= past.isoformat()], at=NOW)
    monthly = a_metric(world, "monthly", MetricKind.RETENTION, from_hours=21 * 24, to_hours=27.5 * 24)
    weekly = a_metric(world, "weekly", MetricKind.RETENTION, from_hours=24, to_hours=7 * 24)
    buyers = a_metric(world)

    compute_baselines(environment_id=world.environment.pk, warehouse=warehouse, now=NOW)

    found = {each.version.metric_id: each for each in Baseline.objects.select_related("version")}
    looked = {key: (each.days, each.units, each.reason) for key, each in found.items()}
    assert looked == {monthly.pk: (42, 40, ""), weekly.pk: (21, 30, ""), buyers.pk: (14, 21, "")}
    # Those who came 28 to 40 days ago were followed for 27.5 days, and seven of them have an even number.
    assert from_json(found[monthly.pk].sums, ProportionCounts) == ProportionCounts(13, 7)


def test_a_later_computation_takes_the_place_of_the_earlier_one(lively: World, warehouse: Warehouse) -> None:
    a_metric(lively)
    compute_baselines(environment_id=lively.environment.pk, warehouse=warehouse, now=NOW)

    compute_baselines(environment_id=lively.environment.pk, warehouse=warehouse, now=NOW + 20 * DAY)

    baseline = Baseline.objects.get()
    assert (baseline.computed_at, baseline.units, baseline.reason) == (NOW + 20 * DAY, 0, "TOO_FEW_UNITS")


def test_archived_metrics_and_other_projects_are_left_out(lively: World, warehouse: Warehouse) -> None:
    a_metric(lively.with_project())
    archived = a_metric(lively, "old")
    archive_metric(metric_id=archived.pk, archived=True, author=lively.author, now=NOW)

    assert compute_baselines(environment_id=lively.environment.pk, warehouse=warehouse, now=NOW) == []


def test_an_environment_is_due_when_it_has_events_and_a_metric_without_a_fresh_baseline(
    lively: World, warehouse: Warehouse
) -> None:
    lively.with_environment(Versioning.V2)  # no events here
    none = environments_due(now=NOW)
    a_metric(lively)

    new = environments_due(now=NOW)
    compute_baselines(environment_id=lively.environment.pk, warehouse=warehouse, now=NOW)
    fresh = environments_due(now=NOW + DAY / 2)
    stale = environments_due(now=NOW + DAY)
    long_quiet = environments_due(now=NOW + 30 * DAY)

    ours = [lively.environment.pk]
    assert (none, new, fresh, stale, long_quiet) == ([], ours, [], ours, [])
