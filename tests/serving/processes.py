"""What the tests of serving processes share: real ones, on the database of the test, and callers of them."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil
from django.db import connection

from tests.web.running import CHECKOUT, SECONDS, a_free_port, environment

ONE_FLAG = "/ofrep/v1/evaluate/flags/revision"


def url_of_the_test_database() -> str:
    """The URL that the tests were given, with the database that they made."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@dataclass(frozen=True, slots=True)
class Process:
    """A server that runs: where, and who it is."""

    port: int
    pid: int

    def caller(self) -> http.client.HTTPConnection:
        """A connection that stays."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own."""
        with contextlib.closing(self.caller()) as caller:
            caller.request("GET", path, headers=headers)
            answer = caller.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def evaluate(self, key: str) -> tuple[int, dict[str, str], Any]:
        """What the flag that serves the revision says."""
        with contextlib.closing(self.caller()) as caller:
            caller.request("POST", ONE_FLAG, b'{"context":{"targetingKey":"u"}}', asking(key))
            answer = caller.getresponse()
            return answer.status, {n.lower(): v for n, v in answer.getheaders()}, json.loads(answer.read())

    def worker(self) -> psutil.Process:
        """The process that answers: granian's own children are workers, and what watches over them."""
        return max(psutil.Process(self.pid).children(), key=lambda child: child.memory_info().rss)


def asking(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


@contextlib.contextmanager
def serving(url: str, module: str = "tests.serving.sample", **given: str) -> Iterator[Process]:
    """Run a process that serves the flags of the database at ``url`` while the block runs."""
    port = a_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        env=environment(DATABASE_URL=url, PORT=str(port), LOG_LEVEL="ERROR", **given),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        running = Process(port, process.pid)
        eventually(lambda: process.poll() is not None or _answers(running), seconds=SECONDS)
        assert process.poll() is None, "it does not start"
        yield running
    finally:
        process.terminate()
        process.wait(SECONDS)


def _answers(process: Process) -> bool:
    try:
        return process.get("/healthz")[0] == 200
    except OSError:
        return False


def eventually(holds: Callable[[], bool], *, seconds: float) -> float:
    """Wait until it holds, and give how long that took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it has not come true in time"
        time.sleep(0.01)
    return time.monotonic() - started
