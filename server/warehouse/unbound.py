"""The tables of the warehouse as Ibis expressions that belong to no engine. Only who asks something imports it."""

from typing import Any

import ibis

from server.warehouse.tables import COLUMNS, NAMES, FileKind


def unbound(kind: FileKind) -> Any:
    """The table, with the columns that every engine has."""
    return ibis.table(COLUMNS[kind], name=NAMES[kind])
