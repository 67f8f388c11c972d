"""Computing and storing results: what is shown, what fails, what is final."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from server.events.reading import read_events
from server.events.services.record_events import record_events
from server.experimentation.metrics.plans import AtHorizon
from server.experimentation.models import Computation, ComputationStatus, Experiment, ResultsState, Trigger
from server.experimentation.results import compute as computing
from server.experimentation.results.keeping import thin_out_computations
from server.experimentation.results.shown import document_of
from server.experimentation.results.state import claim_due, is_final
from server.experimentation.services.refresh_results import refresh_results
from server.experimentation.stats.evidence import Doubt
from server.experimentation.stats.reasons import NoResult, Reason
from server.experimentation.stats.verdict import Outcome
from server.warehouse.engine import Session, Warehouse, WarehouseUnavailable
from server.warehouse.questions.experiment import ask_experiment
from server.warehouse.times import microseconds_of
from tests.experimentation.acting import complete, pause, revert, set_rollout, start
from tests.experimentation.evaluating import variants
from tests.experimentation.results.living import (
    a_metric,
    an_event,
    an_exposure,
    compute,
    document,
    met,
    plan_for,
    send,
)
from tests.factories import NOW, World, split_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEYS = [f"customer-{number}" for number in range(400)]


class Away:
    """A warehouse that cannot be reached."""

    lag = timedelta(0)

    def append(self, block: Any) -> Any:
        raise WarehouseUnavailable("The warehouse is away.")

    @contextmanager
    def session(self, environment_id: int, *, since: int | None = None, until: int | None = None) -> Iterator[Session]:
        raise WarehouseUnavailable("The warehouse is away.")
        yield

    publish = tidy = forget_before = append


@pytest.fixture
def running(world: World, experiment: Experiment, warehouse: Warehouse) -> Experiment:
    """Everyone met it an hour after the start, and every fourth customer bought; judged by whether they buy."""
    plan_for(world, experiment, a_metric(world))
    start(world, experiment, now=NOW)
    exposures = met(world, KEYS, NOW + HOUR)
    send(world, warehouse, [*exposures, *(an_event(key, NOW + 2 * HOUR) for key in KEYS[::4])], at=NOW + 3 * HOUR)
    return experiment


def state_of(experiment: Experiment) -> ResultsState:
    return ResultsState.objects.select_related("current", "latest", "decided").get(experiment=experiment)


def test_a_draft_has_nothing_to_compute(experiment: Experiment, warehouse: Warehouse) -> None:
    assert compute(experiment, warehouse, now=NOW) is None
    assert not Computation.objects.exists()


def test_a_computation_is_stored_with_its_time_its_inputs_and_its_engine(
    running: Experiment, warehouse: Warehouse
) -> None:
    computation = compute(running, warehouse, now=NOW + DAY)

    assert computation is not None
    stored = Computation.objects.get()
    assert (stored.number, stored.status, stored.trigger, stored.as_of) == (1, "DONE", "SCHEDULE", NOW + DAY)
    assert stored.engine.startswith("DuckDB ")
    assert stored.inputs["phases"] == [1]
    assert stored.inputs["waitingEvents"] == 0
    assert stored.inputs["warehouse"]["rows"] == 500
    assert stored.plan is not None and stored.plan.number == 1
    assert state_of(running).current == state_of(running).latest == stored


def test_units_are_counted_once_and_conversions_are_of_those_who_met_it(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    again = met(world, KEYS, NOW + 4 * HOUR)
    stranger = an_event("a stranger", NOW + 4 * HOUR)
    send(world, warehouse, [*again, stranger], at=NOW + 5 * HOUR)

    found = document(running, warehouse, now=NOW + DAY)

    assert sum(each.units for each in found.judged.units) == 400
    assert sum(sample.successes for sample in found.judged.metrics[0].samples) == 100  # type: ignore[union-attr]
    assert found.first_exposure == microseconds_of(NOW + HOUR)


def test_a_failure_keeps_the_last_good_results_and_is_tried_again_soon(
    running: Experiment, warehouse: Warehouse
) -> None:
    good = compute(running, warehouse, now=NOW + DAY)

    failed = compute(running, Away(), now=NOW + 2 * DAY)  # type: ignore[arg-type]

    assert failed is not None
    assert (failed.number, failed.status, failed.failure_code) == (2, "FAILED", "WAREHOUSE_UNAVAILABLE")
    assert failed.failure_message == "The warehouse is away."
    state = state_of(running)
    assert (state.current, state.latest) == (good, failed)
    assert state.due_at == NOW + 2 * DAY + timedelta(minutes=5)


def test_a_fault_of_ours_is_stored_without_details(
    running: Experiment, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any) -> Any:
        raise RuntimeError("secret details")

    monkeypatch.setattr(computing, "ask_experiment", broken)

    failed = compute(running, warehouse, now=NOW + DAY)

    assert failed is not None
    assert failed.failure_code == "INTERNAL"
    assert "secret" not in failed.failure_message
    assert "secret details" in caplog.text


def test_events_that_wait_end_the_figures_at_the_oldest_of_them(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    waits = NOW + 10 * HOUR
    batch = read_events([an_event(KEYS[1], waits)], sent_at=None, received_at_us=microseconds_of(waits))
    record_events(environment_id=world.environment.pk, batch=batch, now=waits)

    soon = compute(running, warehouse, now=waits + timedelta(minutes=59))
    later = compute(running, warehouse, now=waits + timedelta(minutes=61))

    assert soon is not None and later is not None
    assert (soon.as_of, later.as_of) == (waits, waits)
    assert [document_of(each).verdict.doubts for each in (soon, later)] == [(), (Doubt.INCOMPLETE_DATA,)]  # type: ignore[union-attr]


def test_a_completed_experiment_is_computed_until_its_events_have_settled_and_then_never_again(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    experiment = complete(world, running, now=NOW + DAY)
    late = [an_event(key, NOW + DAY - HOUR) for key in KEYS[1:4]]

    first = compute(experiment, warehouse, now=NOW + DAY + timedelta(minutes=59))
    send(world, warehouse, late, at=NOW + DAY + timedelta(minutes=59))
    final = compute(experiment, warehouse, now=NOW + DAY + timedelta(minutes=60))
    after = compute(experiment, warehouse, now=NOW + 2 * DAY)

    assert first is not None and final is not None
    assert ([first.is_final, final.is_final], after) == ([False, True], None)
    buyers = [sum(s.successes for s in document_of(each).judged.metrics[0].samples) for each in (first, final)]  # type: ignore[union-attr]
    assert buyers == [100, 103]
    assert is_final(experiment, state_of(experiment))
    assert state_of(experiment).due_at is None
    assert list(claim_due(now=NOW + 9 * DAY)) == []


def test_of_a_completed_experiment_nothing_is_left_to_collect(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    before = document(running, warehouse, now=NOW + DAY).verdict
    complete(world, running, now=NOW + DAY)
    after = document(running, warehouse, now=NOW + DAY).verdict

    assert before is not None and after is not None
    assert [before.outcome, after.outcome] == [Outcome.KEEP_COLLECTING, Outcome.INCONCLUSIVE]
    assert after.variants[0].remaining == NoResult(Reason.NOTHING_LEFT)
    assert after.is_final is False


def test_events_that_are_kept_no_longer_put_the_figures_in_doubt(
    world: World, running: Experiment, warehouse: Warehouse, settings: Settings
) -> None:
    settings.WAREHOUSE_KEEP_DAYS = 30

    kept = document(running, warehouse, now=NOW + 29 * DAY).verdict
    gone = document(running, warehouse, now=NOW + 31 * DAY).verdict

    assert kept is not None and gone is not None
    assert (kept.doubts, gone.doubts) == ((), (Doubt.INCOMPLETE_DATA,))


def test_what_happens_after_completion_does_not_count(world: World, running: Experiment, warehouse: Warehouse) -> None:
    complete(world, running, now=NOW + DAY)
    send(world, warehouse, [an_event(key, NOW + DAY + HOUR) for key in KEYS], at=NOW + DAY + HOUR)

    found = document(running, warehouse, now=NOW + 2 * DAY)

    assert sum(s.successes for s in found.judged.metrics[0].samples) == 100  # type: ignore[union-attr]


@pytest.mark.parametrize("waits", [NOW + DAY - HOUR, NOW + DAY + HOUR / 12])
def test_results_are_not_final_while_events_wait_that_came_before_they_had_settled(
    world: World, running: Experiment, warehouse: Warehouse, waits: datetime
) -> None:
    complete(world, running, now=NOW + DAY)
    batch = read_events([an_event(KEYS[1], waits)], sent_at=None, received_at_us=microseconds_of(waits))
    record_events(environment_id=world.environment.pk, batch=batch, now=waits)

    computation = compute(running, warehouse, now=NOW + 3 * DAY)

    assert computation is not None
    assert not computation.is_final


def test_a_reverted_completion_goes_on_being_computed_and_ends_in_final_results_again(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    complete(world, running, now=NOW + DAY)
    compute(running, warehouse, now=NOW + 2 * DAY)
    revert(world, running, now=NOW + 3 * DAY)
    running.refresh_from_db()

    due = list(claim_due(now=NOW + 3 * DAY))
    resumed = compute(running, warehouse, now=NOW + 3 * DAY)
    complete(world, running, now=NOW + 4 * DAY)
    final = compute(running, warehouse, now=NOW + 5 * DAY)

    assert due == [running.pk]
    assert resumed is not None and final is not None
    assert (resumed.is_final, final.is_final, final.number) == (False, True, 3)


def test_a_verdict_at_the_horizon_stands_whatever_comes_later(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    plan_for(world, experiment, a_metric(world), rule=AtHorizon(days=1.0))
    start(world, experiment, now=NOW)
    exposures = met(world, KEYS, NOW + HOUR)
    blue = [each["targetingKey"] for each in exposures if each["variant"] == "blue"]
    control = [each["targetingKey"] for each in exposures if each["variant"] == "control"]
    early = [an_event(key, NOW + 2 * HOUR) for key in [*blue[: len(blue) // 2], control[0]]]
    send(world, warehouse, [*exposures, *early], at=NOW + 3 * HOUR)

    before = document(experiment, warehouse, now=NOW + 23 * HOUR)
    decided = document(experiment, warehouse, now=NOW + DAY)
    send(world, warehouse, [an_event(key, NOW + DAY + HOUR) for key in KEYS], at=NOW + DAY + HOUR)
    later = document(experiment, warehouse, now=NOW + 2 * DAY)

    assert before.verdict is not None and decided.verdict is not None
    assert (before.verdict.outcome, before.verdict.is_final) == (Outcome.KEEP_COLLECTING, False)
    assert (decided.verdict.outcome, decided.verdict.is_final) == (Outcome.WINNING, True)
    assert later.verdict == decided.verdict
    assert later.judged.metrics[0].samples != decided.judged.metrics[0].samples


def test_the_computation_that_decides_is_one_however_often_its_verdict_is_repeated_and_it_is_kept(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    plan_for(world, experiment, a_metric(world), rule=AtHorizon(days=1.0))
    start(world, experiment, now=NOW)
    send(world, warehouse, met(world, KEYS, NOW + HOUR), at=NOW + 3 * HOUR)
    for hours in (23, 24, 25, 26):
        compute(experiment, warehouse, now=NOW + hours * HOUR)
    first = state_of(experiment).decided

    pause(world, experiment, now=NOW + 2 * DAY)
    set_rollout(world, experiment, split_of(experiment.feature, {"blue": 20}, percentage=100), now=NOW + 2 * DAY)
    start(world, experiment, now=NOW + 2 * DAY)
    send(world, warehouse, met(world, KEYS, NOW + 2 * DAY + HOUR), at=NOW + 2 * DAY + 3 * HOUR)
    for hours in (71, 72, 73):
        compute(experiment, warehouse, now=NOW + hours * HOUR)
    second = state_of(experiment).decided

    assert first is not None and second is not None
    assert (first.number, second.number) == (2, 6)
    computations = experiment.computations.order_by("number")
    assert list(computations.filter(decides=True)) == [first, second]
    assert [each.number for each in computations if document_of(each).verdict.is_final] == [2, 3, 4, 6, 7]  # type: ignore[union-attr]
    thin_out_computations(now=NOW + 365 * DAY, most_portions=9)
    assert list(experiment.computations.values_list("number", flat=True)) == [2, 6, 7]


def test_a_plan_that_leaves_what_decides_leaves_the_verdict_too(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    buyers = a_metric(world)
    plan_for(world, experiment, buyers, rule=AtHorizon(days=1.0))
    start(world, experiment, now=NOW)
    send(world, warehouse, met(world, KEYS, NOW + HOUR), at=NOW + 3 * HOUR)
    decided = document(experiment, warehouse, now=NOW + DAY).verdict
    blue = [key for key, variant in variants(world, "colour", KEYS).items() if variant == "blue"]
    send(world, warehouse, [an_event(key, NOW + DAY + HOUR) for key in blue], at=NOW + DAY + HOUR)

    plan_for(world, experiment, buyers, rule=AtHorizon(days=1.0), dimensions=("device",))
    same = document(experiment, warehouse, now=NOW + 2 * DAY).verdict
    plan_for(world, experiment, buyers, rule=AtHorizon(days=1.5))
    other = document(experiment, warehouse, now=NOW + 3 * DAY).verdict

    assert decided is not None and other is not None
    assert (decided.is_final, same) == (True, decided)
    assert other.doubts == (Doubt.PLAN_CHANGED,)


def test_another_lookback_after_there_were_results_is_a_doubt(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    buyers = a_metric(world)
    plan_for(world, experiment, buyers)
    start(world, experiment, now=NOW)
    compute(experiment, warehouse, now=NOW + DAY)

    plan_for(world, experiment, buyers, lookback_days=7)

    found = document(experiment, warehouse, now=NOW + 2 * DAY).verdict
    assert found is not None
    assert found.doubts == (Doubt.PLAN_CHANGED,)


def test_another_plan_after_there_were_results_is_a_doubt(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    compute(running, warehouse, now=NOW + DAY)
    plan_for(world, running, a_metric(world, "others"))

    found = document(running, warehouse, now=NOW + 2 * DAY)

    assert found.verdict is not None
    assert found.verdict.doubts == (Doubt.PLAN_CHANGED,)


def test_units_in_two_variants_of_a_phase_are_counted_apart(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    both = [an_exposure(key, NOW + 4 * HOUR, variant) for key in KEYS[:12] for variant in ("control", "blue")]
    send(world, warehouse, both, at=NOW + 5 * HOUR)

    found = document(running, warehouse, now=NOW + DAY)

    assert (sum(each.units for each in found.judged.units), found.judged.quarantined) == (388, 12)
    assert found.verdict is not None
    assert found.verdict.doubts == (Doubt.UNITS_IN_SEVERAL_VARIANTS,)


def test_a_dimension_of_the_plan_is_broken_down(world: World, experiment: Experiment, warehouse: Warehouse) -> None:
    plan_for(world, experiment, a_metric(world), dimensions=("device",))
    start(world, experiment, now=NOW)
    exposures = met(world, KEYS, NOW + HOUR)
    devices = [{"device": "mobile"}, {"device": "mobile"}, {"device": "desktop"}, {}]
    told = [{**each, "properties": devices[place % 4]} for place, each in enumerate(exposures)]
    send(world, warehouse, told, at=NOW + 2 * HOUR)

    (device,) = document(experiment, warehouse, now=NOW + DAY).dimensions

    counts = {each.value: sum(variant.units for variant in each.units) for each in device.values}
    assert (device.property, counts) == ("device", {"mobile": 200, "desktop": 100, None: 100})


def test_experiments_are_due_once_an_hour_from_their_start(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    draft = list(claim_due(now=NOW))
    start(world, experiment, now=NOW)

    due = [list(claim_due(now=NOW + timedelta(minutes=minutes))) for minutes in (0, 1, 59, 60)]

    assert (draft, due) == ([], [[experiment.pk], [], [], [experiment.pk]])


def test_a_refresh_is_computed_at_once_and_remembered_as_one(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    compute(running, warehouse, now=NOW + DAY)
    refresh_results(experiment_id=running.pk, author=world.author, now=NOW + DAY + HOUR / 2)
    refresh_results(experiment_id=running.pk, author=world.author, now=NOW + DAY + HOUR / 2)

    computation = compute(running, warehouse, now=NOW + DAY + HOUR / 2)

    assert computation is not None
    assert computation.trigger == Trigger.REQUEST
    assert state_of(running).requested_at is None


def test_what_units_do_while_it_is_paused_is_no_outcome_of_it(
    world: World, running: Experiment, warehouse: Warehouse
) -> None:
    pause(world, running, now=NOW + 4 * HOUR)
    send(world, warehouse, [an_event(key, NOW + 5 * HOUR) for key in KEYS], at=NOW + 6 * HOUR)

    paused = document(running, warehouse, now=NOW + DAY)
    start(world, running, now=NOW + DAY)
    resumed = document(running, warehouse, now=NOW + DAY + HOUR)

    assert sum(each.units for each in paused.judged.units) == 400
    assert sum(s.successes for s in paused.judged.metrics[0].samples) == 100  # type: ignore[union-attr]
    assert sum(s.successes for s in resumed.judged.metrics[0].samples) == 400  # type: ignore[union-attr]


def test_a_horizon_is_of_days_that_the_experiment_ran(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    plan_for(world, experiment, a_metric(world), rule=AtHorizon(days=2.0))
    start(world, experiment, now=NOW)
    pause(world, experiment, now=NOW + DAY)

    paused = document(experiment, warehouse, now=NOW + 9 * DAY).verdict
    start(world, experiment, now=NOW + 9 * DAY)
    over = document(experiment, warehouse, now=NOW + 10 * DAY).verdict

    assert paused is not None and over is not None
    assert (paused.is_final, over.is_final) == (False, True)


def test_a_refresh_that_is_asked_for_during_a_computation_is_due_at_once_after_it(
    world: World, running: Experiment, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks_meanwhile(*given: Any) -> Any:
        refresh_results(experiment_id=running.pk, author=world.author, now=NOW + DAY + HOUR)
        return ask_experiment(*given)

    monkeypatch.setattr(computing, "ask_experiment", asks_meanwhile)
    compute(running, warehouse, now=NOW + DAY)

    assert state_of(running).requested_at == NOW + DAY + HOUR
    assert state_of(running).due_at == NOW + DAY


def test_without_a_plan_exposures_are_counted_and_nothing_is_judged(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    start(world, experiment, now=NOW)
    send(world, warehouse, met(world, KEYS, NOW + HOUR), at=NOW + HOUR)

    found = document(experiment, warehouse, now=NOW + DAY)

    assert (sum(each.units for each in found.judged.units), found.verdict, found.judged.metrics) == (400, None, ())


def test_an_option_that_an_edit_removed_stays_in_its_phase(
    world: World, experiment: Experiment, warehouse: Warehouse
) -> None:
    start(world, experiment, now=NOW)
    send(world, warehouse, met(world, KEYS, NOW + HOUR), at=NOW + HOUR)
    pause(world, experiment, now=NOW + DAY)
    set_rollout(world, experiment, split_of(experiment.feature, {"red": 50}, percentage=100), now=NOW + DAY)
    start(world, experiment, now=NOW + DAY)
    send(world, warehouse, met(world, KEYS, NOW + DAY + HOUR), at=NOW + DAY + HOUR)

    found = document(experiment, warehouse, now=NOW + 2 * DAY)

    assert found.variants == ("control", "blue", "red")
    assert [[each.variant for each in phase.units] for phase in found.phases] == [
        ["control", "blue"],
        ["control", "red"],
    ]


def test_a_failed_computation_is_no_result(running: Experiment) -> None:
    failed = compute(running, Away(), now=NOW + DAY)  # type: ignore[arg-type]

    assert failed is not None
    assert (failed.status, failed.document, state_of(running).current) == (ComputationStatus.FAILED, None, None)
