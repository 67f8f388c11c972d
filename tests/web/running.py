"""What the tests of `make run` share: the command as a person runs it, on a free port."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "server.web.run"]
SECONDS = 60
OF_THE_TESTS = {
    *("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "SECRET_KEY", "DEBUG", "STATIC_ROOT", "LOG_LEVEL"),
    *("FAIRSPLIT_DATA", "FAIRSPLIT_DEMO", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"),
}


def a_free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def environment(**given: str) -> dict[str, str]:
    """The demo has had few customers, unless somebody says otherwise: their past takes seconds to load."""
    ours = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    return ours | {"FAIRSPLIT_DEMO_CUSTOMERS": "100"} | given


def refused(**given: str) -> tuple[int, str]:
    """The exit code and standard error of a start that fails."""
    ended = subprocess.run(
        COMMAND, env=environment(**given), cwd=CHECKOUT, capture_output=True, text=True, timeout=SECONDS
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


class Running:
    """One run of the command, in a group of processes of its own, as a terminal makes it."""

    def __init__(self, command: list[str] = COMMAND, **given: str) -> None:
        self.given = given
        self.address = f"http://127.0.0.1:{given['PORT']}"
        self.process = subprocess.Popen(
            command,
            env=environment(**given),
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def lines(self, count: int) -> list[str]:
        assert self.process.stdout is not None
        text = b""
        deadline = time.monotonic() + SECONDS
        while text.count(b"\n") < count and time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 1)[0]:
                more = os.read(self.process.stdout.fileno(), 65536)
                if not more:
                    break
                text += more
        return text.decode().splitlines()

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=SECONDS).close()
            except urllib.error.URLError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("it does not serve")

    def stop(self, asked: signal.Signals = signal.SIGINT) -> int:
        """Ask the whole group, as Ctrl-C does, and give the exit code."""
        os.killpg(self.process.pid, asked)
        return self.process.wait(SECONDS)

    def left(self) -> list[str]:
        """What runs still of all that it started."""
        lines = []
        for process in self._processes():
            with contextlib.suppress(psutil.Error):  # it has gone meanwhile
                lines.append(" ".join(process.cmdline()))
        return lines

    def end(self) -> None:
        """End whatever a failed test left."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(SECONDS)
        for process in self._processes():
            process.kill()

    def _processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        """PostgreSQL names its folder; the others have our port in their environment."""
        try:
            line = process.cmdline()
            folder = self.given.get("FAIRSPLIT_DATA")
            if folder and any(folder in word for word in line):
                return True
            ours = "server.web.run" in line or "--end-with-input" in line
            return ours and process.environ().get("PORT") == self.given["PORT"]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            return False


@contextlib.contextmanager
def a_postgresql_of_version(version: str) -> Iterator[int]:
    """The port of something that greets as PostgreSQL does, and tells its version; it answers nothing else."""

    def greet(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            client.recv(8)  # may we use TLS?
            client.sendall(b"N")
            client.recv(4096)  # who I am, and to which database I want to go
            facts = {"server_version": version, "client_encoding": "UTF8", "DateStyle": "ISO, MDY"}
            greeting = _message(b"R", bytes(4))
            for name, value in facts.items():
                greeting += _message(b"S", f"{name}\0{value}\0".encode())
            client.sendall(greeting + _message(b"Z", b"I"))
            client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeter = threading.Thread(target=greet, args=[listener], daemon=True)
        greeter.start()
        yield listener.getsockname()[1]
        greeter.join(SECONDS)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">i", len(body) + 4) + body
