"""The serving app in a process of its own, for clients to talk to."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.serving.ofrep.shop import snapshot
from tests.web.running import a_free_port

CHECKOUT = Path(__file__).resolve().parents[3]
SERVER_KEY, CLIENT_KEY = "fss_" + "s" * 43, "fsc_" + "c" * 43
PAGE = "https://shop.example"
SECONDS = 30


class Serving:
    """A running process. What it serves changes as it is told."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"
        self.revision = 42

    def publish(self, **flags: dict[str, Any]) -> None:
        """The next revision: the shop, with flags added or changed."""
        self.revision += 1
        self._tell(document=snapshot(self.revision, **flags))

    def limit(self, per_second: float | None, burst: int = 1) -> None:
        """How often one key may ask."""
        self._tell(limit=None if per_second is None else [per_second, burst])

    def allow(self, *origins: str) -> None:
        """Whose pages may use the client-side key, from the next revision on."""
        self._tell(origins=origins)
        self.publish()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def _tell(self, **told: Any) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        self._process.stdout.readline()


@contextlib.contextmanager
def serving() -> Iterator[Serving]:
    """The shop's environment behind two keys, one of each kind."""
    port = a_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.serving.ofrep.process", str(port)],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        keys = {SERVER_KEY: False, CLIENT_KEY: True}
        assert process.stdin is not None
        process.stdin.write(json.dumps({"document": snapshot(), "keys": keys, "origins": [PAGE]}) + "\n")
        process.stdin.flush()
        _await_port(process, port)
        yield Serving(process, port)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _await_port(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("the serving app did not start")
