"""Results from a warehouse that somebody else fills, late: nothing is counted, or final, before it has arrived."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from server.experimentation.models import Baseline, Experiment
from server.experimentation.results.baselines import compute_baselines
from server.experimentation.results.compute import compute_results
from server.experimentation.results.shown import document_of
from server.experimentation.stats.evidence import Doubt
from server.warehouse.engine import Session, Warehouse
from tests.experimentation.acting import complete, start
from tests.experimentation.results.living import a_metric, an_event, met, plan_for, send
from tests.factories import NOW, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAG = timedelta(hours=26)
KEYS = [f"customer-{number}" for number in range(400)]


@dataclass
class FilledAtNight:
    """A warehouse whose events may be 26 hours old when they come in."""

    inner: Warehouse
    lag = LAG

    def session(self, environment_id: int, **times: Any) -> AbstractContextManager[Session]:
        return self.inner.session(environment_id, **times)

    def append(self, block: Any) -> Any:
        raise AssertionError("it is only read")

    publish = tidy = forget_before = append


@pytest.fixture
def late(warehouse: Warehouse) -> Warehouse:
    return FilledAtNight(warehouse)


@pytest.fixture
def running(world: World, experiment: Experiment, warehouse: Warehouse) -> Experiment:
    """Everyone met it an hour after the start."""
    plan_for(world, experiment, a_metric(world))
    start(world, experiment, now=NOW)
    send(world, warehouse, met(world, KEYS, NOW + HOUR), at=NOW + 3 * HOUR)
    return experiment


def test_figures_are_as_of_what_has_arrived_for_certain_and_no_doubt_is_raised_by_the_lag(
    running: Experiment, late: Warehouse
) -> None:
    computation = compute_results(experiment_id=running.pk, warehouse=late, now=NOW + 2 * DAY)

    assert computation is not None
    assert computation.as_of == NOW + 2 * DAY - LAG
    verdict = document_of(computation).verdict
    assert verdict is not None
    assert Doubt.INCOMPLETE_DATA not in verdict.doubts


def test_what_has_only_begun_has_no_figures_yet(running: Experiment, late: Warehouse) -> None:
    computation = compute_results(experiment_id=running.pk, warehouse=late, now=NOW + DAY)

    assert computation is not None
    assert computation.failure_message == ""
    judged = document_of(computation).judged
    assert ([each.units for each in judged.units], judged.running) == ([0, 0], 0)


def test_the_last_results_wait_for_the_lag_and_for_events_to_settle(
    world: World, running: Experiment, late: Warehouse
) -> None:
    complete(world, running, now=NOW + DAY)

    soon, last = (
        compute_results(experiment_id=running.pk, warehouse=late, now=NOW + DAY + LAG + settled)
        for settled in (HOUR - timedelta(seconds=1), HOUR)
    )

    assert soon is not None and last is not None
    assert [soon.is_final, last.is_final] == [False, True]


def test_baselines_end_with_what_has_arrived(world: World, warehouse: Warehouse, late: Warehouse) -> None:
    came = [an_event(f"u{hours}", NOW - hours * HOUR) for hours in (1, 25, 26, 27)]
    send(world, warehouse, came, at=NOW)
    a_metric(world)

    compute_baselines(environment_id=world.environment.pk, warehouse=late, now=NOW)

    assert Baseline.objects.get().units == 1  # the one of 26 hours ago is not before that moment
