"""Runs the writer beside what is measured, and says what it found; writes nothing itself."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.cells import WrongAnswer
from benchmarks.flags.world import Served

FLAGS = 20
"""So many take turns."""


@dataclass
class Published:
    """What the writer did: known once it has ended."""

    delays: list[float] = field(default_factory=list)
    """Seconds from each commit to the first answer with what it published."""

    seconds: float = 0.0


@contextlib.contextmanager
def writing(served: Served, port: int, **settings: str) -> Iterator[Published]:
    """Publish versions while the block runs; the environment is ours, with ``settings``.

    Raises:
        WrongAnswer: the writer failed; its own words are on standard error.
    """
    published = Published()
    arguments = [str(served.environment.pk), str(port), served.key, *served.constant[:FLAGS]]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flags.writer", *arguments],
        env=os.environ | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None and writer.stdout is not None, "both are pipes"
        writer.stdout.readline()
        try:
            yield published
        finally:
            writer.stdin.close()
            said = writer.stdout.read()
    if writer.returncode:
        raise WrongAnswer("the writer failed")
    found = json.loads(said)
    published.delays, published.seconds = found["delays"], found["seconds"]
