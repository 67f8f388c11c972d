"""Drives wrk, in a process of its own, and reads what it found; sends nothing itself."""

import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.cells import Cell, Sent, WrongAnswer, refuse_wrong

SCRIPT = Path(__file__).with_suffix(".lua")
TIMEOUT = "30s"
FIGURE = re.compile(r"^measured (\w+) (\d+)$", re.MULTILINE)
EXAMPLE = re.compile(r"^example (.*)$", re.MULTILINE)


def run(cell: Cell) -> Sent:
    """Send the cell's bodies in their order, and check every answer.

    Raises:
        WrongAnswer: one was wrong, or none came.
    """
    with tempfile.NamedTemporaryFile(prefix="fairsplit-bodies-") as bodies:
        bodies.write(b"\n".join(cell.bodies) + b"\n")
        bodies.flush()
        command = ["wrk", "-t1", f"-c{cell.connections}", f"-d{max(1, round(cell.seconds))}s", "--timeout", TIMEOUT]
        command += ["-s", str(SCRIPT), f"http://127.0.0.1:{cell.port}{cell.path}", "--"]
        command += [f"bodies={bodies.name}", *_arguments(cell)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {name: int(figure) for name, figure in FIGURE.findall(ended.stdout)}
    if ended.returncode or "wrong" not in found or not found["requests"]:
        raise WrongAnswer(f"wrk measured nothing: {ended.stdout[-500:]} {ended.stderr[-500:]}")
    example = EXAMPLE.search(ended.stdout)
    refuse_wrong(cell, wrong=found["wrong"], example=example.group(1) if example else "", sent=found["sent"])
    return Sent(
        answered=found["requests"],
        seconds=found["microseconds"] / 1_000_000,
        p50=found["p50"] / 1_000,
        p99=found["p99"] / 1_000,
        sent=found["sent"],
    )


def _arguments(cell: Cell) -> list[str]:
    given = [f"path={cell.path}", f"status={cell.status}"]
    given += [f"header={name}: {value}" for name, value in cell.sent_headers.items()]
    given += [f"holds={text}" for text in cell.holds]
    if cell.counted is not None:
        text, times = cell.counted
        given += [f"counted={text}", f"times={times}"]
    return given
