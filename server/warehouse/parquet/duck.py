"""Opens DuckDB, in memory, with bounds on what it may take and touch, and explains its errors. Knows no table.

It reads and writes the folder of the warehouse and nothing else, opens no connection and loads no extension.
"""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.parquet.folder import Folder

ENGINE = f"DuckDB {duckdb.__version__}"
CONFIGURATION = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one use of DuckDB may take: memory (as ``2GB``; more goes to disk), threads (0: a core each), seconds."""

    memory: str = "2GB"
    threads: int = 0
    seconds: float = 600


class Duck:
    """One connection, for one thread. All that is asked of it together ends within the limit on time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Folder, limits: Limits) -> None:
        self._connection, self._folder, self._limits = connection, folder, limits
        self._deadline = time.monotonic() + limits.seconds

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement, and give its rows."""
        with explained(self._folder, self._limits):
            return self._started(sql).fetchall()

    def arrays(self, sql: str) -> Mapping[str, np.ndarray[Any, Any]]:
        """Run a statement, and give its columns, with a mask where there are nulls."""
        with explained(self._folder, self._limits):
            return self._started(sql).fetchnumpy()

    def _started(self, sql: str) -> duckdb.DuckDBPyConnection:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(self._limits)
        self._connection.execute(f"SET max_execution_time = {max(1, round(left * 1000))}")
        return self._connection.execute(sql)


@contextlib.contextmanager
def opened_duck(folder: Folder, limits: Limits, *, reading: Sequence[Path] = ()) -> Iterator[tuple[Duck, Path]]:
    """DuckDB while the block runs, and a place for what it writes; ``reading`` are files outside of the folder.

    Raises:
        WarehouseUnavailable: the folder cannot be used. Whatever is asked of DuckDB raises it too, where the
            installation lacks a file, disk, memory or time.
    """
    with contextlib.ExitStack() as stack:
        with explained(folder, limits):
            scratch = stack.enter_context(folder.scratch())
            settings = CONFIGURATION | {"memory_limit": limits.memory, "temp_directory": str(scratch / "spilled")}
            if limits.threads:
                settings["threads"] = str(limits.threads)
            connection = stack.enter_context(duckdb.connect(":memory:", config=dict(settings)))
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET parquet_metadata_cache = true")  # no file ever changes
            connection.execute(f"SET allowed_directories = {listed([folder.root])}")
            connection.execute(f"SET allowed_paths = {listed(reading)}")
            connection.execute("SET enable_external_access = false")  # from here on there is no way back
        yield Duck(connection, folder, limits), scratch


@contextlib.contextmanager
def explained(folder: Folder, limits: Limits) -> Iterator[None]:
    """Turn what is wrong with the installation into words for whoever runs it; what is a bug stays what it is."""
    try:
        yield
    except duckdb.InterruptException as problem:
        raise _too_slow(limits) from problem
    except (duckdb.Error, OSError) as problem:
        explanation = _explanation(problem, str(folder.root), limits)
        if explanation is None:
            raise
        raise WarehouseUnavailable(explanation) from problem


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """The name of a table or a column as SQL."""
    return '"' + value.replace('"', '""') + '"'


def listed(paths: Sequence[Path]) -> str:
    """Paths as SQL: a list of texts."""
    return "[" + ", ".join(text(str(path)) for path in paths) + "]"


def _too_slow(limits: Limits) -> WarehouseUnavailable:
    return WarehouseUnavailable(
        f"the warehouse had no answer within {limits.seconds:g} seconds: ask for less, give it more memory or "
        "threads, or let it take longer with WAREHOUSE_TIMEOUT"
    )


def _explanation(problem: Exception, root: str, limits: Limits) -> str | None:
    said = str(problem)
    if "No space left" in said or "max_temp_directory_size" in said or "failed to offload" in said:
        return "the disk of WAREHOUSE_FOLDER is full"
    if isinstance(problem, duckdb.OutOfMemoryException | MemoryError):
        return (
            f"a question takes more memory than {limits.memory}: raise WAREHOUSE_MEMORY, or lower WAREHOUSE_THREADS, "
            "which each need some"
        )
    if isinstance(problem, OSError):
        return f"WAREHOUSE_FOLDER cannot be used: {problem.strerror or type(problem).__name__}"
    found = re.search(re.escape(root) + r"/([^'\"\n]+)", said)
    if found and isinstance(problem, duckdb.IOException | duckdb.InvalidInputException):
        return _damaged(f"the file {found[1]}")
    if type(problem) is duckdb.Error or isinstance(problem, duckdb.IOException):
        return _damaged("a file")
    return None


def _damaged(what: str) -> str:
    return (
        f"{what} of the warehouse is missing or damaged: all processes need the same WAREHOUSE_FOLDER, "
        "with the files of this database; else restore it from a backup"
    )
