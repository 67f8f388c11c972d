"""Jobs whose worker is gone are given back, a few times; a living worker's are left alone."""

import pytest
from django.db import connection
from django.db.utils import Error
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.work.liveness import Life
from server.work.recovery import MOST_ATTEMPTS, give_back_jobs_of, give_back_lost_jobs
from tests.work.jobs import write
from tests.work.working import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def a_running_job(*worker_ids: str) -> DBTaskResult:  # type: ignore[type-arg]
    job = write.enqueue("nowhere", "nothing")
    rows = DBTaskResult.objects.filter(id=job.id)
    rows.update(status=TaskResultStatus.RUNNING, worker_ids=list(worker_ids))
    return rows.get()


def status_after_giving_back(job: DBTaskResult) -> str:  # type: ignore[type-arg]
    give_back_lost_jobs()
    job.refresh_from_db()
    return str(job.status)


def test_a_job_is_ready_again_when_the_session_of_its_worker_has_ended() -> None:
    job = a_running_job("first", "second")
    with Life("second") as life:
        life.hold()
        give_back_lost_jobs()
        job.refresh_from_db()
        while_it_lived = job.status
    given_back = eventually(lambda: status_after_giving_back(job) == TaskResultStatus.READY)

    assert while_it_lived == TaskResultStatus.RUNNING
    assert given_back
    assert job.worker_ids == ["first", "second"]


def test_a_life_whose_session_was_cut_is_taken_up_again() -> None:
    with Life("worker") as life:
        life.hold()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND "
                "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        with pytest.raises(Error):
            life.hold()
        job = a_running_job("worker")
        life.hold()
        give_back_lost_jobs()
        job.refresh_from_db()

    assert job.status == TaskResultStatus.RUNNING


def test_a_job_that_was_lost_too_often_is_given_up() -> None:
    job = a_running_job(*[f"gone-{number}" for number in range(MOST_ATTEMPTS)])
    one_less = a_running_job(*[f"gone-{number}" for number in range(MOST_ATTEMPTS - 1)])

    eventually(lambda: status_after_giving_back(one_less) == TaskResultStatus.READY)
    job.refresh_from_db()

    assert (job.status, job.exception_class_path) == (TaskResultStatus.FAILED, "server.work.recovery.WorkerLost")
    assert one_less.status == TaskResultStatus.READY


def test_a_worker_gives_back_its_own_jobs_and_no_others() -> None:
    own, taken_over = a_running_job("other", "me"), a_running_job("me", "other")

    give_back_jobs_of("me")
    own.refresh_from_db()
    taken_over.refresh_from_db()

    assert (own.status, taken_over.status) == (TaskResultStatus.READY, TaskResultStatus.RUNNING)
