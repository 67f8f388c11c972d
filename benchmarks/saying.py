"""Says how far a benchmark is, to whoever waits for it."""

import sys


def say(line: str) -> None:
    """On standard error: what is measured goes elsewhere."""
    sys.stderr.write(f"benchmarks: {line}\n")
    sys.stderr.flush()
