"""Every door of `make run` on its one port: what Django answers through the bridge, and flags beside it."""

import contextlib
import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.projects.models import EnvironmentKeyKind
from server.projects.services.create_environment_key import create_environment_key
from tests.factories import NOW, World, new_world
from tests.serving.processes import Process, asking, eventually, serving, url_of_the_test_database
from tests.web.running import CHECKOUT

MIB = 1024 * 1024
SCRIPT = "fairsplit/graphiql/graphiql.js"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(transactional_db: None) -> Iterator[Process]:
    given = {"SECRET_KEY": secrets.token_urlsafe(50), "WEB_CONCURRENCY": "1", "STATIC_ROOT": "/nonexistent"}
    with serving(url_of_the_test_database(), "server.web.run", **given) as process:
        yield process


def answer_to(process: Process, sent: bytes) -> bytes:
    """What comes back for these bytes, up to the end of its first line."""
    with socket.create_connection(("127.0.0.1", process.port), timeout=10) as caller:
        with contextlib.suppress(ConnectionError):
            caller.sendall(sent)
        return caller.recv(65536).partition(b"\r\n")[0]


def test_every_door_answers_on_the_one_port(running: Process) -> None:
    world: World = new_world()
    world.feature(key="checkout", value="grey")
    key = create_environment_key(
        environment_id=world.environment.pk, name="app", kind=EnvironmentKeyKind.SERVER, author=world.author, now=NOW
    ).key
    eventually(lambda: running.get("/v1/snapshot", **asking(key))[0] == 200, seconds=5)

    snapshot = json.loads(running.get("/v1/snapshot", **asking(key))[2])
    page = running.get("/graphql", Accept="text/html")
    script = running.get(f"/static/{SCRIPT}")
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    declared = answer_to(running, head + b"Content-Length: %d\r\n\r\n" % (2 * MIB + 1))  # and no body at all
    chunk = b"%x\r\n%b\r\n" % (MIB, b" " * MIB)
    in_chunks = answer_to(running, head + b"Transfer-Encoding: chunked\r\n\r\n" + 3 * chunk + b"0\r\n\r\n")

    assert snapshot["flags"]["checkout"]["state"]["value"] == "grey"
    assert page[0] == 302  # asks to sign in
    assert script[2] == (CHECKOUT / "server/web/static" / Path(SCRIPT)).read_bytes()
    assert int(script[1]["content-length"]) == len(script[2])
    assert declared == b"HTTP/1.1 413 Payload Too Large"
    assert in_chunks == b"HTTP/1.1 413 Payload Too Large"
    assert json.loads(running.get("/readyz")[2])["flags"]["environments"] == 1
    assert [running.get(path)[0] for path in ("/healthz", "/v1/ready", "/v1/nothing", "/nothing")] == [
        200,
        200,
        404,
        404,
    ]
