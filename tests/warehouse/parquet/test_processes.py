"""Several processes at once: some read, one writes and merges; whoever reads sees whole blocks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.warehouse.parquet.warehouse import ParquetWarehouse
from tests.factories import new_world
from tests.warehouse.parquet.blocks import NOW, event, exposure, store, stored
from tests.work.working import CHECKOUT, url_of_the_tests

BLOCK, BLOCKS = 50, 30
READ = f"""
import sys, django
django.setup()
from server.warehouse.open import warehouse
from server.warehouse.tables import FileKind

environment, before, rounds = int(sys.argv[1]), 0, 0
print("ready", flush=True)
while before < {BLOCK * BLOCKS}:
    with warehouse().session(environment) as session:
        for kind in FileKind:
            assert len(session.rows(session.table(kind).select("event_id"))) == session.inputs["rows"] // 2
        rows = session.inputs["rows"] // 2
    assert rows % {BLOCK} == 0 and rows >= before, (before, rows)
    before, rounds = rows, rounds + 1
print(rounds)
"""


@pytest.mark.django_db(transaction=True)
def test_processes_read_whole_blocks_while_another_writes_and_merges(
    warehouse: ParquetWarehouse, tmp_path: Path
) -> None:
    environment = new_world().environment.pk
    given = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url_of_the_tests(),
        "WAREHOUSE_FOLDER": str(warehouse.folder.root),
    }
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ, str(environment)],
            env=os.environ | given,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None and reader.stdout.readline() == "ready\n"
        for number in range(BLOCKS):
            events = [event(environment, f"user-{n}") for n in range(BLOCK)]
            store(warehouse, tmp_path, *events, exposures=[exposure(environment) for _ in range(BLOCK)])
            if number % 4 == 3:
                warehouse.tidy(now=NOW)
        rounds = [int(reader.communicate(timeout=60)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()

    assert [reader.returncode for reader in readers] == [0, 0]
    assert min(rounds) > 3
    assert len(stored(warehouse, environment)) == BLOCK * BLOCKS
