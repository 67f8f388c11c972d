"""What `make check` promises is kept: models and migrations, imports, the schema's text, lock files."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

CHECKOUT = Path(__file__).resolve().parents[1]
LOCKS = ("base.txt", "dev.txt")


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_imports_run_one_way() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout


def test_the_schema_is_in_step_with_its_text() -> None:
    call_command("print_sdl", check=True)


def test_no_file_names_the_host_of_a_package_registry() -> None:
    looked = subprocess.run(
        [sys.executable, "requirements/no_addresses.py"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (looked.returncode, looked.stderr) == (0, "")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_is_not_the_other_driver(lock: str) -> None:
    text = (CHECKOUT / "requirements" / lock).read_text()
    packages = [block for block in text.replace("\\\n", " ").splitlines() if "==" in block]

    assert packages
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert [block.split()[0] for block in packages if block.startswith(("psycopg==", "psycopg-"))] == []


def test_what_runs_is_locked_in_the_same_versions_as_what_is_tested() -> None:
    def versions(lock: str) -> set[str]:
        lines = (CHECKOUT / "requirements" / lock).read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line}

    assert versions("base.txt") <= versions("dev.txt")
