"""A server that asks to come back later is waited for, and one that is gone is named. The servers are real ones."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simulation.calling import Caller, seconds_of
from simulation.failures import SimulationFailure, Stopped
from simulation.tally import Tally


@contextlib.contextmanager
def a_server(*statuses: int, retry_after: str) -> Iterator[str]:
    """Answers with each status in turn."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(left.pop(0))
            self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_429_and_503_are_waited_for_as_long_as_the_server_says() -> None:
    tally = Tally()
    with a_server(429, 503, 200, retry_after="0.2") as url:
        caller = Caller(url, tally=tally, stop=threading.Event())
        started = time.monotonic()
        answer = caller.post("/v1/events", b"{}", {})
        caller.close()

    assert answer.status == 200
    assert time.monotonic() - started >= 0.4
    assert tally.counts["waits"] == 2


def test_whoever_waits_ends_when_asked_to() -> None:
    stop = threading.Event()
    stop.set()
    with a_server(429, retry_after="60") as url:
        caller = Caller(url, tally=Tally(), stop=stop)
        with pytest.raises(Stopped):
            caller.post("/v1/events", b"{}", {})
        caller.close()


def test_a_server_that_is_not_there_is_named() -> None:
    with a_server(retry_after="0") as url:
        pass

    with pytest.raises(SimulationFailure, match=f"no server answers at {url}"):
        Caller(url, tally=Tally(), stop=threading.Event()).post("/graphql", b"{}", {})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2.0), ("0.5", 0.5), (None, 1.0), ("Wed, 21 Oct 2026", 1.0), ("-3", 0.0), ("900", 60.0)],
)
def test_a_header_says_how_long_within_reason(header: str | None, seconds: float) -> None:
    assert seconds_of(header) == seconds
