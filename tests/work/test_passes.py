"""Regular passes: each is made by one worker at a time, at its turn, and one that fails keeps no other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.work.jobs import KEPT, forget_old_jobs
from server.work.models import PassTurn
from server.work.passes import Pass, all_passes, announce, make_due_passes
from tests.races import race
from tests.work.jobs import notes, write
from tests.work.working import eventually, working

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_pass(made: list[datetime], name: str = "tests.sweep") -> Pass:
    def sweep(*, now: datetime) -> None:
        made.append(now)

    return Pass(name, MINUTE, sweep)


@pytest.mark.django_db
def test_a_pass_is_made_at_the_start_and_then_at_its_turns() -> None:
    made: list[datetime] = []
    passes = [a_pass(made)]
    announce(passes, now=NOW)
    for seconds in (0, 1, 59, 60, 61, 300, 301):
        make_due_passes(passes, now=NOW + timedelta(seconds=seconds))

    assert [(each - NOW).total_seconds() for each in made] == [0, 60, 300]


@pytest.mark.django_db
def test_a_worker_that_starts_takes_no_turn_that_another_one_had() -> None:
    made: list[datetime] = []
    passes = [a_pass(made)]
    announce(passes, now=NOW)
    make_due_passes(passes, now=NOW)
    announce(passes, now=NOW + timedelta(seconds=5))
    make_due_passes(passes, now=NOW + timedelta(seconds=5))

    assert made == [NOW]


@pytest.mark.django_db
def test_a_pass_that_fails_has_its_next_turn_and_keeps_no_other() -> None:
    made: list[datetime] = []

    def broken(*, now: datetime) -> None:
        raise ValueError("as asked")

    passes = [Pass("tests.broken", MINUTE, broken), a_pass(made)]
    announce(passes, now=NOW)
    make_due_passes(passes, now=NOW)

    assert made == [NOW]
    assert set(PassTurn.objects.values_list("due_at", flat=True)) == {NOW + MINUTE}


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_makes_the_pass() -> None:
    made: list[datetime] = []
    passes = [a_pass(made)]
    announce(passes, now=NOW)
    race(*[lambda: make_due_passes(passes, now=NOW)] * 8)

    assert made == [NOW]


@pytest.mark.django_db(transaction=True)
def test_workers_load_the_passes_of_every_app_and_share_their_turns(tmp_path: Path) -> None:
    file = tmp_path / "ticks"
    began = timezone.now().timestamp()
    with working(TICKS=str(file)), working(TICKS=str(file)):
        assert eventually(lambda: len(notes(file)) >= 3)
    times = [float(line.split()[0]) - began for line in notes(file)]

    assert times == sorted(times)
    assert all(later - earlier > 0.9 for earlier, later in pairwise(times))


@pytest.mark.django_db
def test_jobs_that_ended_long_ago_are_forgotten_and_no_others(tmp_path: Path) -> None:
    ages = {TaskResultStatus.SUCCESSFUL: 15, TaskResultStatus.FAILED: 15, TaskResultStatus.READY: None}
    for status, days in [*ages.items(), (TaskResultStatus.SUCCESSFUL, 13), (TaskResultStatus.RUNNING, None)]:
        job = write.enqueue(str(tmp_path / "notes"), "")
        ended = None if days is None else NOW - timedelta(days=days)
        DBTaskResult.objects.filter(id=job.id).update(status=status, finished_at=ended, enqueued_at=NOW - 2 * KEPT)

    forget_old_jobs(now=NOW)

    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["READY", "RUNNING", "SUCCESSFUL"]
    assert "server.work.jobs.forget_old_jobs" in [each.name for each in all_passes()]
