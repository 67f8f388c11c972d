"""`make run`, run for real: what it starts, says and refuses, and that it leaves nothing behind."""

import http.cookiejar
import json
import re
import secrets
import signal
import socket
import stat
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.web.embedded import embedded_postgres
from tests.web.running import Running, a_free_port, a_postgresql_of_version, refused, status_of

FOUR_LINES = (
    r"GraphiQL  http://127\.0\.0\.1:(?P<port>\d+)/graphql\n"
    r"Sign in   demo@fairsplit\.test / (?P<password>\S{16,})\n"
    r"API key   (?P<key>fsk_[A-Za-z0-9_-]{43})\n"
    r"Try       (?P<line>curl .+)"
)


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fairsplit-run-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """One for all tests: the first that serves from it prepares it, the others find it prepared."""
    with (
        tempfile.TemporaryDirectory(prefix="fairsplit-given-", dir="/tmp") as folder,
        embedded_postgres(Path(folder), throwaway=True) as url,
    ):
        yield url


def four_lines(running: Running) -> dict[str, str]:
    lines = running.lines(4)
    found = re.fullmatch(FOUR_LINES, "\n".join(lines))
    assert found is not None, lines
    assert found["port"] == running.given["PORT"]
    return found.groupdict()


def signs_in(address: str, password: str) -> bool:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.addheaders = [("Accept", "text/html")]
    browser.open(f"{address}/sign-in").close()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"email": "demo@fairsplit.test", "password": password, "csrfmiddlewaretoken": token}
    browser.open(f"{address}/sign-in", urllib.parse.urlencode(form).encode()).close()
    return any(cookie.name == "sessionid" for cookie in jar)


def pasted(line: str) -> dict[str, object]:
    answered = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    return dict(json.loads(answered.stdout))


def test_the_demo_runs_stops_and_runs_again_with_the_same_secrets(data: Path) -> None:
    first = Running(["make", "--no-print-directory", "run"], PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data))
    try:
        printed = four_lines(first)
        answer = pasted(printed["line"])
        signed_in = signs_in(first.address, printed["password"])
        first.stop()
    finally:
        first.end()
    again = Running(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data))
    try:
        printed_again = four_lines(again)
        answer_again = pasted(printed_again["line"])
        signed_in_again = signs_in(again.address, printed_again["password"])
        code = again.stop()
    finally:
        again.end()

    assert "errors" not in answer
    assert "createExperiment" in str(answer)
    assert "errors" not in answer_again
    assert (signed_in, signed_in_again) == (True, True)
    assert (printed_again["password"], printed_again["key"]) == (printed["password"], printed["key"])
    assert code == 0
    assert (first.left(), again.left()) == ([], [])
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600


def test_a_second_run_with_the_same_data_is_refused_and_says_why(data: Path) -> None:
    running = Running(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data))
    try:
        four_lines(running)
        code, said = refused(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data))
        running.stop(signal.SIGTERM)
    finally:
        running.end()

    assert code == 1
    assert said.splitlines()[-1] == (
        f"fairsplit: cannot start: the data folder {data} is in use by another fairsplit "
        f"(process {running.process.pid}): stop that one, or give this one its own folder with FAIRSPLIT_DATA"
    )


def test_after_a_kill_nothing_stays_and_the_next_run_recovers(data: Path) -> None:
    killed = Running(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data))
    try:
        four_lines(killed)
    finally:
        killed.process.kill()
        killed.process.wait()
    again = Running(PORT=killed.given["PORT"], FAIRSPLIT_DATA=str(data))
    try:
        four_lines(again)
        status = status_of(f"{again.address}/readyz")
        again.stop()
    finally:
        again.end()

    assert status == 200
    assert again.left() == []


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda asked: asked.name)
def test_a_given_database_is_used_without_a_demo_and_every_way_to_stop_ends_all(
    postgres: str, data: Path, asked: signal.Signals
) -> None:
    running = Running(
        PORT=str(a_free_port()),
        DATABASE_URL=postgres,
        SECRET_KEY=secrets.token_urlsafe(50),
        FAIRSPLIT_DATA=str(data / "unused"),
    )
    try:
        running.wait_until_it_serves()
        ready = status_of(f"{running.address}/readyz")
        code = running.stop(asked)
        printed = running.lines(1)
    finally:
        running.end()

    assert (ready, code, printed) == (200, 0, [])
    assert running.left() == []
    assert not (data / "unused").exists()


def test_workers_end_when_the_process_that_started_them_is_killed(postgres: str) -> None:
    running = Running(PORT=str(a_free_port()), DATABASE_URL=postgres, SECRET_KEY=secrets.token_urlsafe(50))
    try:
        running.wait_until_it_serves()
        running.process.kill()
        running.process.wait()
        deadline = time.monotonic() + 10
        while running.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = running.left()
    finally:
        running.end()

    assert left == []


def test_a_taken_port_is_refused_before_anything_starts(data: Path) -> None:
    port = a_free_port()
    with socket.create_server(("127.0.0.1", port)):
        code, said = refused(PORT=str(port), FAIRSPLIT_DATA=str(data))

    assert (code, said) == (
        1,
        f"fairsplit: cannot start: port {port} cannot be used (Address already in use): choose another one with PORT\n",
    )
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "\u0663"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    code, said = refused(PORT=port)

    assert (code, said) == (
        1,
        f"fairsplit: cannot start: PORT is not a whole number from 1 to 65535: {port!r}\n",
    )


def test_a_data_folder_that_cannot_be_written_is_refused(data: Path) -> None:
    (data / "file").write_text("")
    code, said = refused(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data / "file"))

    assert (code, said) == (
        1,
        f"fairsplit: cannot start: the data folder {data / 'file'} cannot be written (File exists): "
        "give another one with FAIRSPLIT_DATA\n",
    )


def test_a_database_that_does_not_answer_is_refused_without_its_password() -> None:
    nowhere = f"postgres://me:hidden-word@127.0.0.1:{a_free_port()}/shop"
    code, said = refused(PORT=str(a_free_port()), DATABASE_URL=nowhere, SECRET_KEY=secrets.token_urlsafe(50))

    assert code == 1
    assert re.fullmatch(r"fairsplit: cannot start: DATABASE_URL: connection to server at .* refused\n?.*\n", said)
    assert said.count("\n") == 1
    assert "hidden-word" not in said


def test_a_postgresql_that_is_too_old_is_refused() -> None:
    with a_postgresql_of_version("13.14") as old:
        code, said = refused(
            PORT=str(a_free_port()),
            DATABASE_URL=f"postgres://me@127.0.0.1:{old}/shop?gssencmode=disable",
            SECRET_KEY=secrets.token_urlsafe(50),
        )

    assert (code, said) == (
        1,
        "fairsplit: cannot start: DATABASE_URL: PostgreSQL 14 or later is required (found 13.14).\n",
    )


@pytest.mark.parametrize("url", ["mysql://host/shop", "shop", "postgres://host:word/shop", "postgres://host"])
def test_an_address_that_is_not_of_a_postgresql_is_refused_in_one_line(url: str) -> None:
    code, said = refused(PORT=str(a_free_port()), DATABASE_URL=url, SECRET_KEY=secrets.token_urlsafe(50))

    assert code == 1
    assert re.fullmatch(r"fairsplit: cannot start: DATABASE_URL .*: it looks like postgres://\S+\n", said)


def test_a_given_database_without_a_secret_key_is_refused_and_the_setting_named(postgres: str) -> None:
    code, said = refused(PORT=str(a_free_port()), DATABASE_URL=postgres)

    assert (code, said) == (
        1,
        "fairsplit: cannot start: SECRET_KEY is missing: docs/production.md says what to set\n",
    )


def test_a_weak_secret_key_is_refused(data: Path) -> None:
    code, said = refused(PORT=str(a_free_port()), FAIRSPLIT_DATA=str(data), SECRET_KEY="short")

    assert code == 1
    assert said.splitlines()[-1].startswith("fairsplit: cannot start: SECRET_KEY is weak: ")
