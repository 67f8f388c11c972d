"""Answers questions to one environment's files with DuckDB. Sees no row of another environment, and writes nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import numpy as np

from server.warehouse.parquet.duck import ENGINE, Duck, listed, name
from server.warehouse.parquet.folder import Folder
from server.warehouse.parquet.manifest import Listed
from server.warehouse.parquet.rows import nothing, selected, view
from server.warehouse.plain import plain_rows
from server.warehouse.sql import Dialect, compiled
from server.warehouse.tables import COLUMNS, NAMES, FileKind
from server.warehouse.unbound import unbound


def _look_up(entries: Any, key: Any) -> Any:
    """Null where it is not there. DuckDB's own function takes a third of the time of what Ibis makes of ``get``."""
    raise NotImplementedError("DuckDB does it")


_looked_up = ibis.udf.scalar.builtin(
    _look_up, name="map_extract_value", signature=((COLUMNS[FileKind.EVENT]["properties"], "string"), "string")
)


class ParquetSession:
    """Of one moment: files that are listed later are not read, and those that are replaced meanwhile stay."""

    engine = ENGINE

    def __init__(self, duck: Duck, folder: Folder, environment_id: int, files: Sequence[Listed]) -> None:
        self._duck = duck
        self.inputs: Mapping[str, Any] = _inputs(files)
        for kind in FileKind:
            paths = [folder.full(file.path) for file in files if file.kind == kind]
            duck.run(f"CREATE TEMP VIEW {view(kind)} AS {_rows(kind, paths, environment_id)}")

    def table(self, kind: FileKind) -> Any:
        """The exposures or the events, unread."""
        return unbound(kind)

    def property(self, table: Any, name: str) -> Any:
        """A look into the map."""
        return _looked_up(table.properties, name)

    def keep(self, expression: Any, name: str) -> Any:
        """In memory as far as there is some, and on disk beyond that; a name that is kept again is another table."""
        self._keep(compiled(expression, Dialect.DUCKDB), name)
        return ibis.table(expression.schema(), name=name)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """All rows, in memory."""
        return plain_rows(expression.schema(), self._duck.run(compiled(expression, Dialect.DUCKDB)))

    def columns(self, expression: Any) -> dict[str, np.ndarray[Any, Any]]:
        """All columns, in memory."""
        arrays = self._duck.arrays(compiled(expression, Dialect.DUCKDB))
        return {column: _plain(kind, arrays[column]) for column, kind in expression.schema().items()}

    def _keep(self, query: str, table: str) -> None:
        if table in NAMES.values():
            raise ValueError(f"{table} is a table of the warehouse")
        self._duck.run(f"CREATE OR REPLACE TEMP TABLE {name(table)} AS {query}")


def _rows(kind: FileKind, paths: Sequence[Path], environment_id: int) -> str:
    """Files hold one environment's rows; that each row says so as well is a second look at the one rule that counts."""
    if not paths:
        return nothing(kind)
    return f"SELECT {selected(kind)} FROM read_parquet({listed(paths)}) WHERE environment_id = {environment_id:d}"


def _inputs(files: Sequence[Listed]) -> dict[str, Any]:
    newest = max((file.listed_at for file in files), default=None)
    return {
        "files": len(files),
        "rows": sum(file.rows for file in files),
        "bytes": sum(file.size for file in files),
        "newest": newest.isoformat() if newest else None,
    }


def _plain(kind: Any, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the expression says that it is: DuckDB sums whole numbers into wider ones, and masks nulls."""
    nulls = np.ma.getmaskarray(array)
    if kind.is_integer() and not nulls.any():
        return np.asarray(array, dtype=np.int64)
    if kind.is_numeric():
        return np.asarray(np.ma.filled(array.astype(np.float64), np.nan))
    plain = np.array(array, dtype=object)
    plain[nulls] = None
    return plain
