"""How much memory WAREHOUSE_MEMORY allows, as DuckDB takes it: a number with a unit. Reads no setting itself."""

import re

from django.core.exceptions import ImproperlyConfigured

_WRITTEN = re.compile(r"([1-9]\d*(?:\.\d+)?) ?([KMGT])(i?)B")


def memory_in_bytes(written: str) -> int:
    """What is written, in bytes.

    Raises:
        ImproperlyConfigured: it is no number with a unit.
    """
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise ImproperlyConfigured("WAREHOUSE_MEMORY is not a number with a unit, as 2GB or 512MB")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit)))
