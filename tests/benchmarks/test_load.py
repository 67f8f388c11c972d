"""Both load generators send what they are given, in its order, and stop at a wrong answer."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.cells import Cell, WrongAnswer
from benchmarks.load import GENERATORS, Load

BODIES = [json.dumps({"query": "{ __typename }", "variables": {"number": number}}).encode() for number in range(50)]


class Answering(ThreadingHTTPServer):
    """Keeps what it is sent; answers with ``answer``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = b'{"data":{"__typename":"Query"}}'
        self.status = 200
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()
        self.keys: set[str | None] = set()
        self.tags: set[str | None] = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Answering

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.add(self.path)
        self.server.keys.add(self.headers["Authorization"])
        self.server.tags.add(self.headers["If-None-Match"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_args: object) -> None:
        """Nothing: what is sent is kept."""


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cell(server: Answering) -> Cell:
    return Cell(
        port=server.server_address[1],
        key="a-key",
        bodies=BODIES,
        holds=('"__typename":"Query"',),
        connections=1,
        seconds=1,
    )


@pytest.fixture(params=GENERATORS)
def load(request: pytest.FixtureRequest) -> Load:
    if request.param == "wrk" and not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    return GENERATORS[request.param]


def test_the_bodies_arrive_whole_in_their_order_and_again_from_the_start(
    load: Load, cell: Cell, server: Answering
) -> None:
    found = load(cell)

    first = BODIES.index(server.bodies[0])  # wrk throws its first request away
    expected = [BODIES[(first + number) % len(BODIES)] for number in range(len(server.bodies))]
    assert server.bodies == expected
    assert len(BODIES) < found.answered <= len(server.bodies) <= found.sent
    assert server.paths == {"/graphql"}
    assert server.keys == {"Bearer a-key"}
    assert server.tags == {None}
    assert 0 < found.p50 <= found.p99


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b'{"data":{"__typename":"NotFound"}}'),
        (200, b'{"data":{"__typename":"Query"},"errors":[]}'),
        (200, b'{"data":{"__typename":"Query"},"errorCode":"GENERAL"}'),
        (500, b'{"data":{"__typename":"Query"}}'),
    ],
)
def test_a_wrong_answer_is_no_figure(load: Load, cell: Cell, server: Answering, status: int, answer: bytes) -> None:
    server.status, server.answer = status, answer

    with pytest.raises(WrongAnswer, match=f"wrong answers, as: {status} "):
        load(cell)


def test_what_must_not_be_sent_twice_is_not(load: Load, cell: Cell) -> None:
    with pytest.raises(WrongAnswer, match="only 50 were prepared"):
        load(replace(cell, wraps=False))


def test_another_path_status_and_header_are_asked_for(load: Load, cell: Cell, server: Answering) -> None:
    server.status, server.answer = 304, b""

    found = load(replace(cell, path="/flags", holds=(), status=304, headers={"If-None-Match": '"a tag"'}))

    assert found.answered > 0
    assert server.paths == {"/flags"}
    assert server.tags == {'"a tag"'}


def test_a_text_that_is_counted_must_be_there_so_often(load: Load, cell: Cell, server: Answering) -> None:
    server.answer = b'{"flags":[{"key":"a"},{"key":"b"}]}'

    load(replace(cell, holds=(), counted=('"key":', 2)))
    with pytest.raises(WrongAnswer, match="wrong answers, as: 200 "):
        load(replace(cell, holds=(), counted=('"key":', 3)))


def test_another_status_than_the_one_asked_for_is_wrong(load: Load, cell: Cell, server: Answering) -> None:
    with pytest.raises(WrongAnswer, match="wrong answers, as: 200 "):
        load(replace(cell, holds=(), status=304))
