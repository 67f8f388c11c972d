"""Which warehouse the settings name, and what is loaded for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from server.warehouse.open import warehouse
from server.warehouse.parquet.duck import Limits
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.warehouse import ParquetWarehouse

CHECKOUT = Path(__file__).resolve().parents[2]
HEAVY = {"duckdb", "ibis", "sqlglot", "pandas", "pyarrow", "clickhouse_connect", "chdb"}
SETTINGS = {"SECRET_KEY": "tests-only-" + "k3Y9" * 12, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}


def loaded_by(statement: str, settings: str = "server.web.settings") -> set[str]:
    """The roots of everything that a statement loads, in a process of its own."""
    script = f"import json, sys, django\ndjango.setup()\n{statement}\nprint(json.dumps(list(sys.modules)))"
    given = SETTINGS | {"DJANGO_SETTINGS_MODULE": settings}
    answered = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, env=os.environ | given, capture_output=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(answered.stdout)}


def test_without_a_url_events_are_in_the_folder_of_the_settings(settings: Settings, tmp_path: Path) -> None:
    settings.WAREHOUSE_URL, settings.WAREHOUSE_FOLDER = "", tmp_path
    settings.WAREHOUSE_MEMORY, settings.WAREHOUSE_THREADS, settings.WAREHOUSE_TIMEOUT = "300MB", 3, 40

    assert warehouse() == ParquetWarehouse(Folder(tmp_path), Limits("300MB", 3, 40))


@pytest.mark.parametrize(
    ("module", "settings"),
    [("server.web.rsgi", "server.web.settings"), ("server.serving.__main__", "server.web.serving_settings")],
)
def test_a_web_process_loads_no_engine_when_it_starts(module: str, settings: str) -> None:
    assert loaded_by(f"import {module}, server.warehouse.open", settings) & HEAVY == set()


def test_parquet_files_take_duckdb_and_no_other_driver() -> None:
    assert loaded_by("from server.warehouse.open import warehouse; warehouse()") & HEAVY == {
        "duckdb",
        "ibis",
        "sqlglot",
    }
