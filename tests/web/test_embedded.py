"""The embedded PostgreSQL and the data folder: what they keep, and what they leave alone."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from server.web import reachable
from server.web.data_folder import DataFolderFailure, secrets_of
from server.web.embedded import EmbeddedFailure, embedded_postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fairsplit-embedded-", dir="/tmp") as folder:
        yield Path(folder)


def asked(url: str, statement: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def test_what_was_written_is_there_at_the_next_start(data: Path) -> None:
    with embedded_postgres(data, throwaway=True) as url:
        asked(url, "CREATE TABLE kept AS SELECT 42 AS value")

    with embedded_postgres(data, throwaway=True) as url:
        assert asked(url, "SELECT value FROM kept") == 42


def test_a_stale_note_of_a_process_that_is_not_postgresql_is_no_obstacle(data: Path) -> None:
    with embedded_postgres(data, throwaway=True):
        pass
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    with embedded_postgres(data, throwaway=True) as url:
        assert asked(url, "SELECT 1") == 1


def test_a_second_one_on_the_same_data_is_refused(data: Path) -> None:
    with embedded_postgres(data, throwaway=True), pytest.raises(EmbeddedFailure) as refusal:
        embedded_postgres(data).__enter__()

    assert str(refusal.value).startswith(f"the data folder {data} is in use by another fairsplit")


def test_a_long_path_is_no_obstacle_to_the_socket(data: Path) -> None:
    deep = data / ("long" * 30)
    deep.mkdir()
    data.chmod(0o711)

    with embedded_postgres(deep, throwaway=True) as url:
        assert asked(url, "SELECT 1") == 1


@as_root
def test_a_folder_that_others_cannot_enter_stays_closed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, shared = data / "private", data / "shared"
    (private / "data").mkdir(parents=True)
    private.chmod(0o700)
    data.chmod(0o711)
    monkeypatch.setattr(reachable, "SHARED", shared)

    with embedded_postgres(private / "data", throwaway=True) as url:
        answer = asked(url, "SELECT 1")

    assert answer == 1
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    cluster = Path((private / "data" / "postgres-is-at").read_text().strip())
    assert cluster.is_relative_to(shared)
    assert stat.S_IMODE(cluster.stat().st_mode) == 0o700


def test_everybody_who_asks_at_once_gets_the_same_secrets(data: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(secrets_of, [data] * 8))

    (only,) = answers
    assert len(only.secret_key) >= 50
    assert only.demo_api_key.startswith("fsk_")
    assert [path.name for path in data.iterdir()] == ["secrets.json"]


def test_secrets_that_others_could_read_are_closed_again(data: Path) -> None:
    first = secrets_of(data)
    (data / "secrets.json").chmod(0o644)

    assert secrets_of(data) == first
    assert stat.S_IMODE((data / "secrets.json").stat().st_mode) == 0o600


def test_damaged_secrets_are_named_and_not_replaced(data: Path) -> None:
    (data / "secrets.json").write_text("{")

    with pytest.raises(DataFolderFailure, match=r"secrets\.json cannot be read"):
        secrets_of(data)
    assert (data / "secrets.json").read_text() == "{"
