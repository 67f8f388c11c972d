"""Runs one worker beside the web server for `make run`; in production a worker is a command of its own."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger("fairsplit.work")

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(CHECKOUT / "manage.py"), "worker", "--end-with-input"]
SECONDS_TO_STOP = 10
SECONDS_BEFORE_ANOTHER = 2

# The web server forks its processes, and a fork holds whatever is open at its moment: of a worker
# that is being started, the pipe by which it says that it has begun, for which the start would wait;
# of one that runs, the pipe whose end tells it that we are gone.
_starting = threading.Lock()
_held: set[int] = set()


def _let_go() -> None:
    _starting.release()
    for descriptor in _held:
        os.close(descriptor)


os.register_at_fork(before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_let_go)


@contextlib.contextmanager
def worker_process() -> Iterator[None]:
    """Keep a worker running while the block runs: one that dies is followed by another.

    It ends with the block, when its job in hand is done or ten seconds later, and also when
    this process is killed: its standard input is a pipe that nobody else holds.
    """
    leaving = threading.Event()
    supervisor = threading.Thread(target=_keep_one_running, args=[leaving], name="worker-supervisor", daemon=True)
    supervisor.start()
    try:
        yield
    finally:
        leaving.set()
        supervisor.join()


def _keep_one_running(leaving: threading.Event) -> None:
    while not leaving.is_set():
        with _started() as worker:
            while worker.poll() is None and not leaving.wait(0.5):
                pass
            if leaving.is_set():
                return
        if not leaving.is_set():
            logger.error("the worker ended with code %s; another one starts", worker.returncode)
        leaving.wait(SECONDS_BEFORE_ANOTHER)


@contextlib.contextmanager
def _started() -> Iterator["subprocess.Popen[bytes]"]:
    with _starting:
        # A session of its own: Ctrl-C is for us, and a second signal would cut short the job in hand.
        worker = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=CHECKOUT, start_new_session=True
        )
        assert worker.stdin is not None, "it was asked for"
        _held.add(worker.stdin.fileno())
    try:
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        with _starting:
            _held.discard(worker.stdin.fileno())
            worker.stdin.close()
