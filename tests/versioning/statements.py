"""Counts SQL statements as the budget does: those of the call, transaction control included."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def statements(call: Callable[[], object]) -> int:
    """How many statements the call sends; savepoints stand for BEGIN and COMMIT inside of a test."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)
