"""What workers do for results and replays when something else goes wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from server.events import jobs as jobs_of_events
from server.events.reading import read_events
from server.events.services.record_events import record_events
from server.experimentation.jobs import carry_out_replay_of, compute_results_of, look_after_replays
from server.experimentation.models import Computation, Experiment, Replay
from server.experimentation.results.replays_shown import ReplayStatus, status_of
from server.experimentation.services.replay_aa import replay_aa
from server.warehouse.times import microseconds_of
from server.work.passes import all_passes
from server.work.recovery import MOST_ATTEMPTS, give_back_lost_jobs
from tests.events.warehouses import Watched, files_in
from tests.experimentation.acting import start
from tests.experimentation.results.living import a_metric, an_event, met, plan_for, send
from tests.experimentation.results.replaying import pending, replayed
from tests.factories import NOW, World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def planned(world: World, experiment: Experiment) -> Experiment:
    plan_for(world, experiment, a_metric(world))
    return start(world, experiment, now=NOW)


@pytest.fixture
def asked(world: World, planned: Experiment) -> Replay:
    """A replay that a job is to carry out."""
    return replay_aa(experiment_id=planned.pk, runs=100, author=world.author, now=NOW)


def jobs() -> list[list[object]]:
    """What the jobs for replays that no worker has taken are to do."""
    waiting = DBTaskResult.objects.filter(task_path=carry_out_replay_of.module_path, status=TaskResultStatus.READY)
    return [call["args"] for call in waiting.values_list("args_kwargs", flat=True)]


def test_a_replay_with_which_workers_were_lost_is_given_up_and_another_may_be_asked_for(
    world: World, asked: Replay
) -> None:
    gone = [f"worker {number}" for number in range(MOST_ATTEMPTS)]
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, worker_ids=gone)
    give_back_lost_jobs()

    look_after_replays(now=NOW + MINUTE)

    asked.refresh_from_db()
    assert (status_of(asked), asked.failure_code, asked.finished_at) == (
        ReplayStatus.FAILED,
        "GIVEN_UP",
        NOW + MINUTE,
    )
    again = replay_aa(experiment_id=asked.experiment_id, runs=100, author=world.author, now=NOW + HOUR)
    assert jobs() == [[again.pk]]


@pytest.mark.parametrize("status", [TaskResultStatus.READY, TaskResultStatus.RUNNING])
def test_a_replay_with_a_job_is_left_to_it(asked: Replay, status: str) -> None:
    DBTaskResult.objects.update(status=status)

    look_after_replays(now=NOW + HOUR)

    asked.refresh_from_db()
    assert (status_of(asked), DBTaskResult.objects.count()) == (ReplayStatus.PENDING, 1)


def test_a_replay_without_a_job_gets_one_and_then_no_more(world: World, planned: Experiment, asked: Replay) -> None:
    replayed(planned, world.author)
    other = pending(planned, world.author)
    DBTaskResult.objects.all().delete()
    carry_out_replay_of.enqueue(other.pk)

    for _ in range(2):
        look_after_replays(now=NOW + HOUR)

    assert sorted(jobs()) == [[asked.pk], [other.pk]]


def test_workers_know_the_pass() -> None:
    assert "server.experimentation.jobs.look_after_replays" in [each.name for each in all_passes()]


def test_a_block_that_cannot_be_moved_stops_nobodys_results(
    world: World, planned: Experiment, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WAREHOUSE_FOLDER = tmp_path
    warehouse = files_in(tmp_path)
    send(world, warehouse, met(world, ["ann", "bob"], NOW + HOUR), at=NOW + HOUR)
    batch = read_events([an_event("ann", NOW + 2 * HOUR)], sent_at=None, received_at_us=microseconds_of(NOW + 2 * HOUR))
    record_events(environment_id=world.environment.pk, batch=batch, now=NOW + 2 * HOUR)

    def no_space_left() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs_of_events, "warehouse", lambda: Watched(warehouse, before_append=no_space_left))

    compute_results_of.func(planned.pk)

    computation = Computation.objects.get()
    assert (computation.status, computation.as_of) == ("DONE", NOW + 2 * HOUR)
    assert (computation.inputs["waitingEvents"], computation.inputs["warehouse"]["rows"]) == (1, 2)
