"""Shows that nothing was written: compares every row of every table before and after. Never writes itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def fingerprints() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them: counts, revisions and all."""
    counts = [
        f"SELECT '{table}', count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{table}\" t"
        for table in connection.introspection.table_names()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


@contextmanager
def unchanged() -> Iterator[None]:
    """Fails if any row of any table was added, changed or removed in it."""
    before = fingerprints()
    yield
    after = fingerprints()
    written = {table: (before[table][0], after[table][0]) for table in before if before[table] != after[table]}
    assert written == {}, f"rows before and after: {written}"
