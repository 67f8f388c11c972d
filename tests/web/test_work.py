"""The worker beside the web server: it starts, is replaced when it dies, and never stays behind."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from server.web.embedded import embedded_postgres
from server.web.work import worker_process
from tests.web.running import CHECKOUT, Running, a_free_port, environment
from tests.work.working import eventually

ALONE = """
import time
from server.web.work import worker_process
with worker_process():
    print("runs", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def postgres() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="fairsplit-given-", dir="/tmp") as folder,
        embedded_postgres(Path(folder), throwaway=True) as url,
    ):
        yield url


def workers_under(process: psutil.Process) -> list[int]:
    """The workers that a process started; a session of their own does not hide them."""
    return [each.pid for each in process.children() if is_a_worker(each)]


def is_a_worker(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "--end-with-input" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and is_a_worker(psutil.Process(pid))


def finished_passes(url: str) -> int:
    """How many passes workers have taken up; none as long as there are no tables."""
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM work_passturn WHERE due_at > now()")
            return int(cursor.fetchone()[0])
    except psycopg2.errors.UndefinedTable:
        return 0
    finally:
        connection.close()


def test_the_web_servers_forks_hold_nothing_of_a_worker() -> None:
    me = psutil.Process()
    with worker_process():
        assert eventually(lambda: len(workers_under(me)) == 1)
        mine = pipes_of(os.getpid())
        fork = os.fork()
        if fork == 0:
            time.sleep(60)
            os._exit(0)
        try:
            (worker,) = workers_under(me)
            input_of_worker = str(Path(f"/proc/{worker}/fd/0").readlink())

            assert input_of_worker in mine
            assert input_of_worker not in pipes_of(fork)
        finally:
            os.kill(fork, signal.SIGKILL)
            os.waitpid(fork, 0)


def pipes_of(pid: int) -> set[str]:
    return {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}


def test_a_worker_that_dies_is_followed_by_another_one_and_the_last_one_ends_with_the_block() -> None:
    me = psutil.Process()
    with worker_process():
        assert eventually(lambda: len(workers_under(me)) == 1)
        (first,) = workers_under(me)
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: workers_under(me) not in ([], [first]))
        (second,) = workers_under(me)

    assert not lives(second)
    assert workers_under(me) == []


def test_a_worker_ends_when_the_process_that_started_it_is_killed() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", ALONE], cwd=CHECKOUT, stdout=subprocess.PIPE, env=environment(**os.environ)
    )
    assert starter.stdout is not None
    try:
        starter.stdout.readline()
        assert eventually(lambda: len(workers_under(psutil.Process(starter.pid))) == 1)
        (worker,) = workers_under(psutil.Process(starter.pid))
    finally:
        starter.kill()
        starter.wait()
        starter.stdout.close()

    ended = eventually(lambda: not lives(worker))
    if not ended:
        os.kill(worker, signal.SIGKILL)
    assert ended


def test_make_run_starts_a_worker_that_works_and_ctrl_c_ends_it(postgres: str) -> None:
    running = Running(PORT=str(a_free_port()), DATABASE_URL=postgres, SECRET_KEY=secrets.token_urlsafe(50))
    try:
        running.wait_until_it_serves()
        (worker,) = workers_under(psutil.Process(running.process.pid))
        works = eventually(lambda: finished_passes(postgres) > 0)
        code = running.stop()
    finally:
        running.end()

    ended = not lives(worker)
    if not ended:
        os.kill(worker, signal.SIGKILL)
    assert (works, code, ended) == (True, 0, True)
