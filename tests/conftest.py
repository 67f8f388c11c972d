"""Gives every test run its PostgreSQL: the one of DATABASE_URL, or an embedded one that ends with the run.

Holds no fixtures of any domain: those stand beside the tests that use them.
"""

import contextlib
import os
import signal
import tempfile
from pathlib import Path
from types import FrameType

import pytest
from django.conf import settings
from django.db import connections

from server.web.database import database_settings
from server.web.embedded import embedded_postgres

running = contextlib.ExitStack()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Start the database once: workers of pytest-xdist inherit its URL."""
    if "DATABASE_URL" in os.environ or config.option.collectonly:
        return
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="fairsplit-tests-")))
    url = running.enter_context(embedded_postgres(folder, throwaway=True))
    os.environ["DATABASE_URL"] = url
    settings.DATABASES["default"].update(database_settings(url))
    with contextlib.suppress(AttributeError):
        del connections["default"]  # one that was made before there was a database


def pytest_unconfigure() -> None:
    """End what this process started, also after Ctrl-C."""
    running.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
