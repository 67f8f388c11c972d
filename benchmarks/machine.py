"""What the figures were measured on: the machine, and the versions. Says nothing of its name or its owner."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from django.db import connection

PACKAGES = ("Django", "strawberry-graphql", "strawberry-graphql-django", "graphql-core", "psycopg2-binary", "granian")


def machine() -> str:
    """Cores, processor and memory."""
    kilobytes = re.search(r"MemTotal:\s+(\d+)", _text("/proc/meminfo"))
    memory = f", {int(kilobytes.group(1)) / 1024 / 1024:.0f} GiB of memory" if kilobytes else ""
    model = re.search(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo"))
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {model.group(1).strip() if model else platform.machine()}{memory}, {_system()}"


def versions(generator: str) -> str:
    """Of everything that takes part."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    found = [f"Python {platform.python_version()}", f"PostgreSQL {postgres.split()[0]}"]
    found += [f"{package} {version(package)}" for package in PACKAGES]
    return ", ".join([*found, f"load by {_wrk() if generator == 'wrk' else 'threads of our own'}"])


def _wrk() -> str:
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"wrk \S*?(\d+\.\d+\.\d+)", said)
    return f"wrk {found.group(1)}" if found else "wrk"


def _system() -> str:
    name = re.search(r'^PRETTY_NAME="(.+)"', _text("/etc/os-release"), re.MULTILINE)
    return f"{name.group(1) if name else platform.system()} (kernel {platform.release().split('-')[0]})"


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text() if file.exists() else ""
