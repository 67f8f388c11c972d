"""Starts what is measured, each in a process of its own, and stops it; measures nothing."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 15


@dataclass(frozen=True, slots=True)
class Running:
    """A server: where it answers, and the process that its workers belong to."""

    port: int
    pid: int


class DidNotStart(Exception):
    """A server that is to be measured does not answer."""


@contextlib.contextmanager
def serving(module: str, log: Path, **settings: str) -> Iterator[Running]:
    """Run the module's server while the block runs, and say where; the environment is ours, with ``settings``."""
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=os.environ | {"PORT": str(port)} | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait_until_it_answers(process, port, log)
            yield Running(port, process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5),
        ):
            return
        time.sleep(0.05)
    raise DidNotStart(log.read_text(errors="replace")[-2_000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
