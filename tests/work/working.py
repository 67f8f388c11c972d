"""Workers as production runs them: processes of their own, on the tests' database."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 20


def url_of_the_tests() -> str:
    """The URL of the database that this process's tests use: each has one of its own on the same server."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(given._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextlib.contextmanager
def working(**environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that looks for work all the time; it is killed at the end if it still runs."""
    given = {"DJANGO_SETTINGS_MODULE": "tests.work.settings", "DATABASE_URL": url_of_the_tests()}
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--interval=0.05", "--beat=0.1"],
        env=os.environ | given | environment,
        cwd=CHECKOUT,
        start_new_session=True,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def stop(worker: "subprocess.Popen[bytes]") -> int:
    worker.send_signal(signal.SIGTERM)
    return worker.wait(SECONDS)


def eventually(true: Callable[[], bool], *, within: float = SECONDS) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()
