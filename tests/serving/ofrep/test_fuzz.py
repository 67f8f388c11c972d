"""Sends the door what nobody should: it answers each time, at once, and never with a 500."""

import contextlib
import json
import socket
import time
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.serving.messages import Request
from server.serving.ofrep import FLAGS_PATH, evaluate_flag, evaluate_flags
from tests.serving.ofrep.serving import CLIENT_KEY, SERVER_KEY, Serving
from tests.serving.ofrep.shop import answers, snapshot

SECONDS = 5
SHOP = answers()
KEYS = sorted(snapshot()["flags"])


def examples(count: int) -> settings:
    """The same ones in each run, however long one takes: a slow machine is no fault."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


texts = st.text(st.characters(exclude_categories=()), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(["NL", "user-1", "user-2", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["targetingKey", "country", "context", ""]) | texts
contexts = st.dictionaries(names, values, max_size=5)
bodies = st.one_of(
    st.binary(max_size=200),
    values.map(lambda value: json.dumps(value).encode()),
    contexts.map(lambda context: json.dumps({"context": context}).encode()),
    contexts.map(lambda context: json.dumps({"context": context}, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.tuples(contexts, st.integers(0, 60), st.binary(max_size=3)).map(
        lambda parts: _spoiled(json.dumps({"context": parts[0]}).encode(), parts[1], parts[2])
    ),
)


def _spoiled(body: bytes, place: int, put: bytes) -> bytes:
    return body[:place] + put + body[place + 1 :]


@examples(200)
@given(body=bodies, key=st.sampled_from(KEYS) | texts, client=st.booleans(), tag=st.none() | texts)
def test_whatever_the_body_is_it_is_an_evaluation_or_an_error_of_the_protocol(
    body: bytes, key: str, client: bool, tag: str | None
) -> None:
    headers = {} if tag is None else {"if-none-match": tag}
    request = Request("POST", FLAGS_PATH, headers, body)

    single = evaluate_flag(SHOP, request, key=key, client=client)
    bulk = evaluate_flags(SHOP, request, client=client)

    _check_single(single.status, single.body)
    _check_bulk(bulk.status, bulk.body)
    if bulk.status == 200:
        assert single.status in (200, 404) or json.loads(single.body)["errorCode"] == "TARGETING_KEY_MISSING"


@examples(60)
@given(body=bodies, key=st.sampled_from([SERVER_KEY, CLIENT_KEY]), flag=st.sampled_from(KEYS))
def test_it_is_so_over_http(shop: Serving, body: bytes, key: str, flag: str) -> None:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with contextlib.closing(HTTPConnection("127.0.0.1", shop.port, timeout=SECONDS)) as connection:
        connection.request("POST", f"{FLAGS_PATH}/{flag}", body, headers)
        single = connection.getresponse()
        _check_single(single.status, single.read())
        connection.request("POST", FLAGS_PATH, body, headers)
        bulk = connection.getresponse()
        _check_bulk(bulk.status, bulk.read())


LINES = st.sampled_from(
    [
        b"authorization: Bearer " + SERVER_KEY.encode(),
        b"x-api-key: " + CLIENT_KEY.encode(),
        b"origin: https://shop.example",
        b"origin: null",
        b"content-type: application/json",
        b"content-length: 2",
        b"content-length: 99999999999999999999",
        b"content-length: -1",
        b"content-length: x",
        b"transfer-encoding: chunked",
        b"expect: 100-continue",
        b'if-none-match: "',
        b"if-none-match: *",
        b"host: a",
        b"host: b",
        b"upgrade: websocket",
    ]
) | st.binary(max_size=40).map(lambda text: b"x: " + text)
PATHS = st.sampled_from([FLAGS_PATH.encode(), FLAGS_PATH.encode() + b"/boolean", b"/ofrep/"])


@examples(60)
@given(
    method=st.sampled_from([b"POST", b"GET", b"OPTIONS", b"HEAD", b"PUT"]) | st.binary(max_size=6),
    path=st.tuples(PATHS, st.binary(max_size=12)).map(b"".join),
    lines=st.lists(LINES, max_size=8),
    body=st.binary(max_size=30),
)
def test_no_head_of_a_request_breaks_the_door(
    shop: Serving, method: bytes, path: bytes, lines: list[bytes], body: bytes
) -> None:
    sent = b"\r\n".join([method + b" " + path + b" HTTP/1.1", *lines, b"connection: close", b"", body])

    with socket.create_connection(("127.0.0.1", shop.port), timeout=SECONDS) as connection:
        answer = b""
        with contextlib.suppress(OSError):  # hung up on us
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            answer = connection.recv(4096)

    assert answer == b"" or 200 <= int(answer.split(b" ", 2)[1]) < 500, answer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"context": {"targetingKey": "a", "trait": "' + b"x" * 2_000_000 + b'"}}', 413, "GENERAL"),
        (b'{"context": {"trait": "' + b"x" * 120_000 + b'"}}', 200, None),
        (json.dumps({"context": {f"trait-{n}": n for n in range(10_000)}}).encode(), 413, "GENERAL"),
        (json.dumps({"context": {str(n): n for n in range(5_000)}}).encode(), 400, "INVALID_CONTEXT"),
        (b"[" * 100_000, 400, "PARSE_ERROR"),
        (b'{"context": {"targetingKey": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}", 400, "PARSE_ERROR"),
        (b'{"context": {"country": ' + b"[" * 900 + b"]" * 900 + b"}}", 200, None),
        (b'{"context": {"targetingKey": "' + "😀".encode() * 30_000 + b'"}}', 200, None),
        (b'{"context": {"country": ' + b"9" * 100_000 + b"}}", 400, "PARSE_ERROR"),
    ],
    ids=["2 MB", "120 kB", "10,000 keys", "5,000 keys", "deep", "deep key", "nested", "long key", "long number"],
)
def test_too_much_is_refused_at_once_and_says_why(shop: Serving, body: bytes, status: int, code: str | None) -> None:
    headers = {"x-api-key": CLIENT_KEY, "content-type": "application/json"}
    started = time.monotonic()
    with contextlib.closing(HTTPConnection("127.0.0.1", shop.port, timeout=SECONDS)) as connection:
        with contextlib.suppress(BrokenPipeError):  # the answer can be here before all is sent
            connection.request("POST", FLAGS_PATH, body, headers)
        answer = connection.getresponse()
        document = json.loads(answer.read())

    assert (answer.status, document.get("errorCode")) == (status, code)
    assert time.monotonic() - started < SECONDS


def test_many_at_once_that_send_half_a_request_hold_nobody_up(shop: Serving) -> None:
    head = f"POST {FLAGS_PATH} HTTP/1.1\r\nhost: a\r\nx-api-key: {CLIENT_KEY}\r\ncontent-length: 100\r\n\r\n{{".encode()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", shop.port), timeout=SECONDS))
            half.sendall(head)
        with contextlib.closing(HTTPConnection("127.0.0.1", shop.port, timeout=SECONDS)) as connection:
            connection.request("POST", FLAGS_PATH, b"{}", {"x-api-key": CLIENT_KEY})

            assert connection.getresponse().status == 200


def _check_single(status: int, body: bytes) -> None:
    document: dict[str, Any] = json.loads(body)
    if status == 200:
        assert {"key", "value", "variant", "reason"} <= set(document) <= {*document, "metadata"}
        assert "errorCode" not in document
    else:
        assert (status == 404) == (document["errorCode"] == "FLAG_NOT_FOUND")
        assert status in (400, 404)
        assert document["errorDetails"]
        assert isinstance(document["key"], str)


def _check_bulk(status: int, body: bytes) -> None:
    if status == 304:
        assert body == b""
        return
    document: dict[str, Any] = json.loads(body)
    if status == 200:
        assert {entry["key"] for entry in document["flags"]} in ({*KEYS}, {*KEYS} - {"secret"})
        failed = {entry["errorCode"] for entry in document["flags"] if "errorCode" in entry}
        assert failed <= {"TARGETING_KEY_MISSING"}
    else:
        assert (status, document["errorCode"]) in ((400, "PARSE_ERROR"), (400, "INVALID_CONTEXT"))
        assert document["errorDetails"]
