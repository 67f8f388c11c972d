"""The worker, run for real: jobs run once, at their time, and outlive the worker that took them."""

import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.work.models import PassTurn
from tests.work.jobs import fail, notes, write, write_slowly
from tests.work.working import eventually, stop, working

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture(autouse=True)
def nothing_to_tidy(transactional_db: None) -> None:
    """The product's own long jobs have their turn another day."""
    name = "server.warehouse.jobs.have_warehouse_tidied"
    PassTurn.objects.create(name=name, due_at=timezone.now() + timedelta(days=1))


def statuses() -> list[str]:
    return list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True))


def all_done() -> bool:
    return set(statuses()) <= {TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED}


def test_a_job_runs_if_its_transaction_commits_and_never_if_it_does_not(file: Path) -> None:
    with pytest.raises(Undone), transaction.atomic():
        write.enqueue(str(file), "undone")
        raise Undone
    with transaction.atomic():
        write.enqueue(str(file), "done")
    with working():
        assert eventually(all_done)

    assert notes(file) == ["done"]
    assert statuses() == [TaskResultStatus.SUCCESSFUL]


def test_a_job_waits_for_its_time_and_runs_late_rather_than_never(file: Path) -> None:
    now = timezone.now()
    write.using(run_after=now + timedelta(days=1)).enqueue(str(file), "tomorrow")
    write.using(run_after=now - timedelta(days=1)).enqueue(str(file), "yesterday")
    with working():
        assert eventually(lambda: notes(file) == ["yesterday"])
        due = timezone.now() + timedelta(seconds=1)
        soon = write.using(run_after=due).enqueue(str(file), "soon")
        assert eventually(lambda: notes(file) == ["yesterday", "soon"])

    started = DBTaskResult.objects.get(id=soon.id).started_at
    assert started is not None
    assert due <= started < due + timedelta(seconds=2)
    assert statuses() == [TaskResultStatus.READY, TaskResultStatus.SUCCESSFUL, TaskResultStatus.SUCCESSFUL]


def test_the_job_of_a_killed_worker_is_carried_out_by_another(file: Path) -> None:
    write_slowly.enqueue(str(file), "job", 0.5)
    with working() as killed, working() as other:
        assert eventually(lambda: len(notes(file)) == 1)
        taken_by = int(notes(file)[0].split()[-1])
        victim, heir = (killed, other) if taken_by == killed.pid else (other, killed)
        victim.kill()
        assert eventually(all_done)

    assert notes(file) == [f"job begins {victim.pid}", f"job begins {heir.pid}", f"job ends {heir.pid}"]
    assert statuses() == [TaskResultStatus.SUCCESSFUL]


def test_the_job_of_a_living_worker_is_left_to_it_however_long_it_takes(file: Path) -> None:
    write_slowly.enqueue(str(file), "long", 1.5)
    with working(), working():
        assert eventually(all_done)

    assert [line.rsplit(" ", 1)[0] for line in notes(file)] == ["long begins", "long ends"]


def test_two_workers_share_the_jobs_and_run_none_twice(file: Path) -> None:
    with working(), working():
        assert eventually(lambda: advisory_locks() == 2)
        for number in range(40):
            write_slowly.enqueue(str(file), str(number), 0.01)
        assert eventually(all_done)

    begun = [line.split() for line in notes(file) if "begins" in line]
    assert sorted(int(number) for number, _, _ in begun) == list(range(40))
    assert len({worker for _, _, worker in begun}) == 2


def test_a_job_that_fails_is_kept_as_failed_and_stops_nothing(file: Path) -> None:
    fail.enqueue(str(file))
    write.enqueue(str(file), "next")
    with working():
        assert eventually(all_done)

    assert notes(file) == ["failed", "next"]
    assert statuses() == [TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL]


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT], ids=lambda asked: asked.name)
def test_a_worker_that_is_told_to_stop_finishes_its_job_and_takes_no_other(file: Path, asked: signal.Signals) -> None:
    write_slowly.enqueue(str(file), "in hand", 0.7)
    write.enqueue(str(file), "next")
    with working() as worker:
        assert eventually(lambda: len(notes(file)) == 1)
        worker.send_signal(asked)
        code = worker.wait(20)

    assert notes(file) == [f"in hand begins {worker.pid}", f"in hand ends {worker.pid}"]
    assert statuses() == [TaskResultStatus.SUCCESSFUL, TaskResultStatus.READY]
    assert code == 0


def test_a_worker_without_work_stops_at_once() -> None:
    with working() as worker:
        assert eventually(lambda: advisory_locks() == 1)
        began = time.monotonic()
        code = stop(worker)
        took = time.monotonic() - began

    assert code == 0
    assert took < 2
    assert advisory_locks() == 0


def test_a_worker_whose_connections_are_cut_goes_on_with_new_ones(file: Path) -> None:
    with working() as worker:
        assert eventually(lambda: advisory_locks() == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        write.enqueue(str(file), "after")
        assert eventually(all_done)
        running = worker.poll() is None
        assert eventually(lambda: advisory_locks() == 1)

    assert notes(file) == ["after"]
    assert running


def advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])
