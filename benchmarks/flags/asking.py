"""Asks one question, and makes the cell that sends it many times over; it measures nothing."""

import contextlib
import http.client
import json

from benchmarks.cells import Cell, WrongAnswer
from benchmarks.flags.questions import CONNECTIONS, ENTRY, Question, bodies

SECONDS_TO_LOAD = 30


def ask(port: int, question: Question, body: bytes) -> str:
    """Ask once, and give the answer's tag.

    Raises:
        WrongAnswer: it is not what it has to be.
    """
    headers = {"Authorization": f"Bearer {question.served.key}", "Content-Type": "application/json"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_LOAD)) as caller:
        caller.request("POST", question.path, body, headers)
        response = caller.getresponse()
        text = response.read()
    answer = json.loads(text)
    flags = answer.get("flags", [answer])
    expected = question.of if question.repeats else question.flags
    if response.status != 200 or len(flags) != expected or any("errorCode" in flag for flag in flags):
        raise WrongAnswer(f"{question.name}: {response.status} {text[:1_000]!r}")
    return response.headers.get("ETag", "")


def cell(port: int, question: Question, seconds: float) -> Cell:
    """What to send; the environment is in memory by then."""
    units = bodies()
    tag = ask(port, question, units[0])
    if question.repeats:
        given = {"If-None-Match": tag}
        return Cell(
            port, question.served.key, units[:1], (), CONNECTIONS, seconds, True, question.path, 304, None, given
        )
    counted = (ENTRY, question.flags)
    return Cell(port, question.served.key, units, (), CONNECTIONS, seconds, path=question.path, counted=counted)


def bare_cell(port: int, question: Question, seconds: float) -> Cell:
    """The same bodies, to a server that knows one answer."""
    return Cell(port, question.served.key, bodies(), (), CONNECTIONS, seconds, path=question.path)
