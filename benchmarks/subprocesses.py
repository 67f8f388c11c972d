"""Runs one measurement in a process of its own, with memory of its own, and reads what it says; measures nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.cells import WrongAnswer


def told_by(module: str, *arguments: str) -> dict[str, Any]:
    """The JSON that a module's command prints at its end; the environment is ours.

    Raises:
        WrongAnswer: it failed; with its last words.
    """
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=os.environ, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise WrongAnswer(f"{module} {' '.join(arguments)}: {ended.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def tell(found: dict[str, Any]) -> None:
    """What `told_by` reads, with the most memory that this process ever had, in bytes."""
    sys.stdout.write(json.dumps({**found, "peak": _peak()}) + "\n")


def _peak() -> int:
    """By the kernel's own account: what `getrusage` says has the memory of whoever started the process in it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None, "Linux says it of every process"
    return int(found.group(1)) * 1024
