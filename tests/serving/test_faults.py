"""PostgreSQL goes away, or freezes, under a running server: flags go on and say so, and everything recovers."""

import contextlib
import hashlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from server.serving.intake_store import APPLICATION as INTAKE
from server.serving.source import APPLICATION
from server.web.embedded import embedded_postgres
from tests.serving.processes import Process, asking, eventually, serving
from tests.web.running import CHECKOUT, environment

KEY = "fss_" + "k" * 43
FLAGS = "/ofrep/v1/evaluate/flags"
SECRET_KEY = secrets.token_urlsafe(50)
QUESTION = json.dumps({"query": "{ viewer { __typename } }"}).encode()
SECONDS_TO_NOTICE = 10


class Postgres:
    """A PostgreSQL of the test's own, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running = contextlib.ExitStack()
        self.url = ""

    def start(self) -> None:
        self.url = self.running.enter_context(embedded_postgres(self.folder, throwaway=True))

    def stop(self) -> None:
        self.running.close()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="fairsplit-faults-", dir="/tmp") as folder:
        postgres = Postgres(Path(folder))
        postgres.start()
        given = environment(DATABASE_URL=postgres.url, SECRET_KEY=SECRET_KEY)
        subprocess.run(
            [sys.executable, "manage.py", "prepare", "--verbosity", "0"], env=given, cwd=CHECKOUT, check=True
        )
        make_an_environment(postgres.url)
        yield postgres
        postgres.stop()


def make_an_environment(url: str) -> None:
    """One with a key, and with no flags: written as the services would, without their Django."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_organisation (name, created_at) VALUES ('o', now()) RETURNING id")
        cursor.execute(
            "INSERT INTO projects_project (organisation_id, name, created_at) VALUES (%s, 'p', now()) RETURNING id",
            cursor.fetchone(),
        )
        cursor.execute(
            "INSERT INTO projects_environment (project_id, name, versioning, revision, allowed_origins, created_at)"
            " VALUES (%s, 'production', 'V1', 1, '{}', now()) RETURNING id",
            cursor.fetchone(),
        )
        cursor.execute(
            "INSERT INTO projects_environmentkey (environment_id, name, kind, prefix, digest, author_kind, author_name,"
            " created_at) VALUES (%s, 'app', 'SERVER', 'kkkkkkkk', %s, 'SYSTEM', 'test', now())",
            [*cursor.fetchone(), hashlib.sha256(KEY.encode()).hexdigest()],
        )


def post(process: Process, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)) as caller:
        caller.request("POST", path, body, headers)
        answer = caller.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())


def flags(process: Process) -> tuple[int, str | None]:
    """The status of evaluating all flags, and for how long memory has gone on alone."""
    status, headers, _ = post(process, FLAGS, b"{}", asking(KEY))
    return status, headers.get("fairsplit-stale")


def graphql(process: Process) -> tuple[int, Any]:
    """With a key that it has to look up."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer fsk_{'n' * 43}"}
    status, _, answer = post(process, "/graphql", QUESTION, headers)
    return status, answer["errors"][0]


def test_flags_go_on_without_postgresql_and_everything_recovers(postgres: Postgres) -> None:
    with contextlib.ExitStack() as stack:
        given = {"SECRET_KEY": SECRET_KEY, "WEB_CONCURRENCY": "1"}
        all_doors = stack.enter_context(serving(postgres.url, "server.web.run", **given))
        dedicated = stack.enter_context(serving(postgres.url, "server.serving", **given))
        both = (all_doors, dedicated)
        before = [flags(process) for process in both]
        known = graphql(all_doors)
        postgres.stop()
        try:
            eventually(lambda: all(flags(process)[1] for process in both), seconds=SECONDS_TO_NOTICE)
            during = [flags(process)[0] for process in both]
            refused, error = graphql(all_doors)
            probes = {path: all_doors.get(path) for path in ("/healthz", "/readyz", "/v1/ready")}
            ready, _, said = dedicated.get("/readyz")
        finally:
            postgres.start()
        eventually(lambda: all(flags(process) == (200, None) for process in both), seconds=SECONDS_TO_NOTICE)
        recovered = graphql(all_doors)
        ready_again = [process.get("/readyz")[0] for process in both]

    assert before == [(200, None), (200, None)]
    assert during == [200, 200]
    assert refused == 503
    assert error["message"] == "The database cannot be reached at the moment. Try again later."
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert [probes[path][0] for path in ("/healthz", "/readyz", "/v1/ready")] == [200, 503, 200]
    assert json.loads(probes["/readyz"][2])["wrong"] == ["database"]
    assert json.loads(probes["/readyz"][2])["flags"]["database"] == "unreachable"
    assert (ready, json.loads(said)["flags"]["database"]) == (200, "unreachable")
    assert known[0] == recovered[0] == 401
    assert ready_again == [200, 200]


def backend_of(url: str, application: str = APPLICATION) -> int:
    """The process that serves the only connection of this name: the follower's, or the intake's."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application])
        ((pid,),) = cursor.fetchall()
        return int(pid)


def test_flags_say_that_postgresql_is_frozen_and_another_connection_recovers(postgres: Postgres) -> None:
    with serving(postgres.url, "server.serving", SECRET_KEY=SECRET_KEY, WEB_CONCURRENCY="1") as process:
        before = flags(process)
        frozen = backend_of(postgres.url)
        os.kill(frozen, signal.SIGSTOP)
        try:
            took = eventually(lambda: flags(process)[1] is not None, seconds=SECONDS_TO_NOTICE)
            during, said = flags(process), json.loads(process.get("/readyz")[2])
            eventually(lambda: flags(process) == (200, None), seconds=SECONDS_TO_NOTICE)
            followed = json.loads(process.get("/readyz")[2])
        finally:
            os.kill(frozen, signal.SIGCONT)

    assert before == (200, None)
    assert 1 < took < 3
    assert during == (200, "2")
    assert (said["status"], said["flags"]["database"]) == ("ready", "unreachable")
    assert followed["flags"]["database"] == "followed"


def take(process: Process, event_id: str) -> tuple[int, str | None]:
    """The status of sending one event, and when to come back."""
    event = {"type": "event", "id": event_id, "targetingKey": "u", "name": "purchase"}
    status, headers, _ = post(process, "/v1/events", json.dumps({"events": [event]}).encode(), asking(KEY))
    return status, headers.get("retry-after")


def ids_in_the_outbox(url: str) -> list[str]:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT lines FROM events_outboxbatch ORDER BY id")
        return [json.loads(line)["event_id"] for (lines,) in cursor for line in bytes(lines).split(b"\n")]


def test_without_postgresql_no_event_is_accepted_and_none_that_was_is_lost(postgres: Postgres) -> None:
    with serving(postgres.url, "server.serving", SECRET_KEY=SECRET_KEY, WEB_CONCURRENCY="1") as process:
        eventually(lambda: flags(process) == (200, None), seconds=SECONDS_TO_NOTICE)
        before = take(process, "before")
        postgres.stop()
        try:
            during = [take(process, f"during-{n}") for n in range(3)]
            said = json.loads(process.get("/readyz")[2])["events"]
        finally:
            postgres.start()
        eventually(lambda: json.loads(process.get("/readyz")[2])["events"]["taken"], seconds=SECONDS_TO_NOTICE)
        after = take(process, "after")
        there = ids_in_the_outbox(postgres.url)

    assert (before, during, after) == ((200, None), [(503, "2")] * 3, (200, None))
    assert (said["taken"], said["database"]) == (False, "unreachable")
    assert there == ["before", "after"]


def test_a_postgresql_that_is_frozen_holds_events_up_for_seconds_and_not_for_ever(postgres: Postgres) -> None:
    with serving(postgres.url, "server.serving", SECRET_KEY=SECRET_KEY, WEB_CONCURRENCY="1") as process:
        eventually(lambda: take(process, "first") == (200, None), seconds=SECONDS_TO_NOTICE)
        frozen = backend_of(postgres.url, INTAKE)
        os.kill(frozen, signal.SIGSTOP)
        try:
            given_up = take(process, "frozen")
            eventually(lambda: take(process, "recovered") == (200, None), seconds=SECONDS_TO_NOTICE)
        finally:
            os.kill(frozen, signal.SIGCONT)
        there = ids_in_the_outbox(postgres.url)

    assert given_up == (503, "2")
    assert set(there) - {"frozen"} >= {"first", "recovered"}  # what had been sent may yet arrive: its id counts once
