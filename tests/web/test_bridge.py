"""The bridge from RSGI to WSGI, behind the real server: what an application is given, and what a client gets."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web import bridged
from tests.web.running import CHECKOUT, SECONDS, a_free_port, environment


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = a_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.bridged"],
        env=environment(PORT=str(port)),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                ask(port, "/")
                break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def ask(port: int, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, Any, bytes]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as caller:
        caller.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = caller.getresponse()
        return answer.status, answer.headers, answer.read()


def told(port: int, path: str, *given: Any, **headers: str) -> dict[str, Any]:
    status, _, body = ask(port, path, *given, **headers)
    assert status == 200
    return dict(json.loads(body))


def raw(port: int, sent: bytes) -> bytes:
    """What comes back for these bytes until the server closes, as it does where it is asked to."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as caller:
        caller.sendall(sent)
        return b"".join(iter(lambda: caller.recv(65536), b""))


def test_the_environ_is_what_pep_3333_says(port: int) -> None:
    environ = told(port, "/a%20b/%C3%BC?x=%20y", X_Some="thing", Content_Type="text/plain")["environ"]

    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/ü"
    assert environ["QUERY_STRING"] == "x=%20y"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", str(port))
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["HTTP_HOST"] == f"127.0.0.1:{port}"
    assert environ["HTTP_X_SOME"] == "thing"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["fairsplit.fact"] == "told"
    assert "HTTP_CONTENT_TYPE" not in environ


def test_a_body_is_given_with_its_length(port: int) -> None:
    given = told(port, "/", "POST", b"hello")

    assert (given["body"], given["environ"]["CONTENT_LENGTH"]) == ("hello", "5")


def test_a_body_in_chunks_is_given_whole_and_ends(port: int) -> None:
    given = told(port, "/", "POST", iter([b"one ", b"two"]))

    assert given["body"] == "one two"
    assert "CONTENT_LENGTH" not in given["environ"]


def test_of_a_body_in_chunks_one_byte_more_than_allowed_is_read(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    chunks = b"".join(b"190\r\n" + b"x" * 400 + b"\r\n" for _ in range(5))
    # All at once: whoever sends on while the answer comes may find the connection closed.
    given = json.loads(raw(port, head + chunks + b"0\r\n\r\n").partition(b"\r\n\r\n")[2])

    assert len(given["body"]) == bridged.LARGEST + 1


def test_a_body_that_is_declared_too_large_is_left_unread_and_answered_at_once(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1001\r\nConnection: close\r\n\r\n"
    given = json.loads(raw(port, head).partition(b"\r\n\r\n")[2])  # and not one byte of it is sent

    assert given["body"] == "OSError: the body is larger than a request may be, and was not read"
    assert given["environ"]["CONTENT_LENGTH"] == "1001"


def test_the_largest_body_is_read(port: int) -> None:
    assert len(told(port, "/", "POST", b"x" * bridged.LARGEST)["body"]) == bridged.LARGEST


def test_repeated_headers_are_one_list_and_repeated_cookies_one_header(port: int) -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: here\r\nX-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
    )
    environ = json.loads(raw(port, head).partition(b"\r\n\r\n")[2])["environ"]

    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_a_header_cannot_pass_for_another_one_by_an_underscore(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: here\r\nX_Forwarded_Proto: https\r\nConnection: close\r\n\r\n"
    environ = json.loads(raw(port, head).partition(b"\r\n\r\n")[2])["environ"]

    assert "HTTP_X_FORWARDED_PROTO" not in environ


def test_head_has_the_headers_and_no_body(port: int) -> None:
    answer = raw(port, b"HEAD / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"content-type: application/json" in head
    assert body == b""


def test_several_cookies_are_set(port: int) -> None:
    _, headers, _ = ask(port, "/cookies")

    assert headers.get_all("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("path", ["/raises", "/exits", "/bad-header"])
def test_an_application_that_fails_is_a_500_and_the_next_request_is_served(port: int, path: str) -> None:
    answers = [ask(port, path) for _ in range(3)]  # more than there are threads

    assert [(status, body) for status, _, body in answers] == [(500, b"Internal server error\n")] * 3
    assert ask(port, "/")[0] == 200


def test_an_answer_in_parts_arrives_whole_and_is_closed(port: int) -> None:
    status, _, body = ask(port, "/streams")

    assert (status, body) == (200, b"one two three")
    assert "streaming" in told(port, "/")["closed"]


def test_a_file_arrives_whole(port: int) -> None:
    assert ask(port, "/file")[2] == Path(bridged.__file__).read_bytes()


def test_what_is_written_comes_before_what_is_returned(port: int) -> None:
    status, _, body = ask(port, "/writes")

    assert (status, body) == (201, b"written returned")


def test_a_whole_answer_leaves_in_one_packet(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=3) as caller:
        caller.sendall(b"GET /cookies HTTP/1.1\r\nHost: here\r\n\r\n")
        received = caller.recv(65536)

    assert received.endswith(b"\r\n\r\ntwo cookies")


def test_clients_that_leave_in_the_middle_hold_no_thread(port: int) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=3) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 500\r\n\r\nhalf")

    assert ask(port, "/")[0] == 200


def test_clients_that_send_slowly_hold_no_thread(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            caller = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=3))
            caller.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 500\r\n\r\nhalf")
        assert ask(port, "/")[0] == 200


def test_threads_stay_the_same(port: int) -> None:
    assert {told(port, "/")["thread"] for _ in range(20)} <= {"wsgi-0", "wsgi-1"}
