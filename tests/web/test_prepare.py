"""`manage.py prepare`, as an operator runs it: what is wrong is one line, and exit code 1."""

import secrets
import subprocess
import sys

from tests.web.running import CHECKOUT, SECONDS, a_free_port, environment


def prepared(**given: str) -> tuple[int, str, str]:
    """The exit code, standard output and standard error."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        env=environment(**given),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_every_setting_that_is_missing_is_named_in_one_line() -> None:
    assert prepared() == (
        1,
        "",
        "CommandError: SECRET_KEY and DATABASE_URL are missing: docs/production.md says what to set\n",
    )


def test_one_that_is_missing_is_named_alone() -> None:
    code, _, said = prepared(SECRET_KEY=secrets.token_urlsafe(50))

    assert code == 1
    assert said == "CommandError: DATABASE_URL is missing: docs/production.md says what to set\n"


def test_a_database_that_cannot_be_reached_is_one_line_without_the_password() -> None:
    port = a_free_port()
    url = f"postgres://fairsplit:hunter2@127.0.0.1:{port}/fairsplit"

    code, _, said = prepared(SECRET_KEY=secrets.token_urlsafe(50), DATABASE_URL=url)

    assert code == 1
    assert said.startswith(f'CommandError: DATABASE_URL: connection to server at "127.0.0.1", port {port} failed')
    assert said.count("\n") == 1
    assert "hunter2" not in said
