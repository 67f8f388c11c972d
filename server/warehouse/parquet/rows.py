"""How the columns of the two tables are written in DuckDB's SQL, and in which order rows stand in a file."""

from server.warehouse.parquet.duck import name
from server.warehouse.tables import COLUMNS, NAMES, FileKind

TYPES = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "map<string, string>": "MAP(VARCHAR, VARCHAR)",
}
LEADING = {FileKind.EXPOSURE: "experiment", FileKind.EVENT: "name"}
"""What every question asks for one of: rows that have it stand together, and others are passed over unread."""


def selected(kind: FileKind) -> str:
    """All columns, by name."""
    return ", ".join(name(column) for column in COLUMNS[kind])


def types(kind: FileKind) -> str:
    """The columns and their types, as ``read_json`` takes them."""
    return "{" + ", ".join(f"{name(column)}: '{TYPES[given]}'" for column, given in COLUMNS[kind].items()) + "}"


def order(kind: FileKind) -> str:
    """The order of rows in a file; the id only so that the same rows always make the same file."""
    return ", ".join(name(column) for column in (LEADING[kind], "targeting_key", "time", "event_id"))


def nothing(kind: FileKind) -> str:
    """A table without rows."""
    columns = (f"CAST(NULL AS {TYPES[given]}) AS {name(column)}" for column, given in COLUMNS[kind].items())
    return f"SELECT {', '.join(columns)} WHERE false"


def view(kind: FileKind) -> str:
    """The name of the table, as SQL."""
    return name(NAMES[kind])


def written(query: str, path: str) -> str:
    """A statement that writes what a query gives into a Parquet file; ``path`` is SQL."""
    return f"COPY ({query}) TO {path} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
