"""Lets one process at a time prepare a database, however many start at once; holds up no request."""

import contextlib
from collections.abc import Iterator

from django.db import connection

PREPARING = 4_732_046_510_188_307_201  # any number, as long as nothing else locks it


@contextlib.contextmanager
def sole_preparer() -> Iterator[None]:
    """Wait for whoever prepares the database now, then be that one while the block runs.

    The limits that requests have on time do not hold for it: a migration takes what it takes.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        yield
    finally:
        connection.close()  # gives back the lock, and the limits
