"""Jobs and a pass that write into a file what happens to them; nothing but the tests' workers runs them."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from django_tasks import task

from server.work.passes import every


def note(file: str, line: str) -> None:
    with Path(file).open("a") as notes:
        notes.write(f"{line}\n")


def notes(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@task()
def write(file: str, line: str) -> None:
    note(file, line)


@task()
def write_slowly(file: str, line: str, seconds: float) -> None:
    """Say when it begins and when it ends, and who it is."""
    note(file, f"{line} begins {os.getpid()}")
    time.sleep(seconds)
    note(file, f"{line} ends {os.getpid()}")


@task()
def fail(file: str) -> None:
    note(file, "failed")
    raise ValueError("as asked")


@every(timedelta(seconds=1))
def tick(*, now: datetime) -> None:
    """A pass, where a test asks for its notes."""
    if "TICKS" in os.environ:
        note(os.environ["TICKS"], f"{now.timestamp()} {os.getpid()}")
