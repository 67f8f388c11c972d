"""The files of a block: they go with whoever made them, also if that was killed."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from server.events.models import Block
from server.events.staging import PREFIX, SECONDS_UNTIL_HELD, staged
from tests.factories import NOW

LONG_AGO = time.time() - SECONDS_UNTIL_HELD - 1


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, with nobody else's in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def block(db: None) -> Block:
    return Block.objects.create(prepared_at=NOW, events=0)


def left_by_somebody(temporary: Path, name: str, *, changed: float = LONG_AGO) -> Path:
    folder = temporary / f"{PREFIX}{name}"
    folder.mkdir()
    (folder / "event.ndjson").write_text("{}")
    os.utime(folder, (changed, changed))
    return folder


def test_a_block_leaves_nothing(temporary: Path, block: Block) -> None:
    with staged(block) as files:
        assert files.id == block.pk
        assert len(list(temporary.iterdir())) == 1

    assert list(temporary.iterdir()) == []


def test_what_a_killed_one_left_goes_before_the_next_block(temporary: Path, block: Block) -> None:
    making = f"""
import sys, time
from server.events import staging
with staging.tempfile.TemporaryDirectory(prefix=staging.PREFIX, dir={str(temporary)!r}) as folder:
    with staging._held(staging.Path(folder)):
        print(folder, flush=True)
        time.sleep(60)
"""
    setup = "import django; django.setup()\n"
    maker = subprocess.Popen([sys.executable, "-c", setup + making], stdout=subprocess.PIPE, text=True)
    assert maker.stdout is not None
    folder = Path(maker.stdout.readline().strip())
    os.utime(folder, (LONG_AGO, LONG_AGO))
    with staged(block):
        while_it_lives = folder.is_dir()
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    maker.stdout.close()
    with staged(block):
        afterwards = folder.is_dir()

    assert (while_it_lives, afterwards) == (True, False)


def test_what_is_held_is_new_or_is_not_ours_stays(temporary: Path, block: Block) -> None:
    held, new = left_by_somebody(temporary, "held"), left_by_somebody(temporary, "new", changed=time.time())
    another = temporary / "fairsplit-warehouse"
    another.mkdir()
    os.utime(another, (LONG_AGO, LONG_AGO))
    dead = left_by_somebody(temporary, "dead")
    opened = os.open(held, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_EX)
    try:
        with staged(block):
            there = [folder.is_dir() for folder in (held, new, another, dead)]
    finally:
        os.close(opened)

    assert there == [True, True, True, False]
