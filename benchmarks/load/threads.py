"""A load generator of the standard library, for machines without wrk: a thread a connection.

It takes more of the cores than wrk does, so that figures of the two are not to be compared.
"""

import threading
import time
from http.client import HTTPConnection
from itertools import count
from statistics import quantiles

from benchmarks.cells import Cell, Sent, refuse_wrong

HOST = "127.0.0.1"
TIMEOUT = 30


def run(cell: Cell) -> Sent:
    """Send the cell's bodies in their order, and check every answer.

    Raises:
        WrongAnswer: one was wrong.
    """
    load = _Load(cell)
    threads = [threading.Thread(target=load.connection) for _ in range(cell.connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    example = load.wrong[0] if load.wrong else ""
    refuse_wrong(cell, wrong=len(load.wrong), example=example, sent=load.sent)
    cuts = quantiles(load.latencies, n=100) if len(load.latencies) > 1 else load.latencies * 99
    return Sent(len(load.latencies), took, p50=cuts[49] * 1_000, p99=cuts[98] * 1_000, sent=load.sent)


class _Load:
    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.latencies: list[float] = []
        self.wrong: list[str] = []
        self.sent = 0
        self._numbers = count()
        self._until = time.perf_counter() + cell.seconds

    def connection(self) -> None:
        """Send one request after the other until the time is up."""
        connection = HTTPConnection(HOST, self.cell.port, timeout=TIMEOUT)
        headers = self.cell.sent_headers
        bodies = self.cell.bodies
        while time.perf_counter() < self._until:
            number = next(self._numbers)
            self.sent = max(self.sent, number + 1)
            started = time.perf_counter()
            try:
                connection.request("POST", self.cell.path, bodies[number % len(bodies)], headers)
                response = connection.getresponse()
                answer = response.read()
            except OSError as problem:
                self.wrong.append(repr(problem))
                return
            self.latencies.append(time.perf_counter() - started)
            if not _is_right(self.cell, response.status, answer):
                self.wrong.append(f"{response.status} {answer.decode(errors='replace')}")
        connection.close()


def _is_right(cell: Cell, status: int, answer: bytes) -> bool:
    if status != cell.status or b'"errors"' in answer or b'"errorCode"' in answer:
        return False
    if cell.counted is not None and answer.count(cell.counted[0].encode()) != cell.counted[1]:
        return False
    return all(text.encode() in answer for text in cell.holds)
