"""The table of results as a CSV or a Parquet file. Knows its columns, and not what they mean.

Parquet is written by DuckDB, which is loaded when the first such file is asked for: nothing else in a web
process needs it.
"""

import csv
import json
from collections.abc import Iterable
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from server.experimentation.results.export import Row
from server.experimentation.results.export_cells import Cell

_TEXT, _WHOLE, _NUMBER, _YES_OR_NO, _MOMENT = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMPTZ"


def _of_test(name: str) -> dict[str, str]:
    parts = [name, *(f"{name}_{part}" for part in ("standard_error", "low", "high", "p_value"))]
    return dict.fromkeys(parts, _NUMBER) | {f"{name}_reason": _TEXT}


COLUMNS: dict[str, str] = {
    "experiment": _TEXT,
    "computation": _WHOLE,
    "as_of": _MOMENT,
    "is_final": _YES_OR_NO,
    "scope": _TEXT,
    "phases": _TEXT,
    "property": _TEXT,
    "property_value": _TEXT,
    "variant": _TEXT,
    "variant_units": _WHOLE,
    "expected_share": _NUMBER,
    "split_p_value": _NUMBER,
    "split_always_valid_p_value": _NUMBER,
    "split_reason": _TEXT,
    "metric": _TEXT,
    "role": _TEXT,
    "scale": _TEXT,
    "direction": _TEXT,
    "alpha": _NUMBER,
    "cap": _NUMBER,
    "is_adjusted": _YES_OR_NO,
    "units": _WHOLE,
    "sum": _NUMBER,
    "sum_squares": _NUMBER,
    "denominator_sum": _NUMBER,
    "denominator_sum_squares": _NUMBER,
    "product_sum": _NUMBER,
    "past_sum": _NUMBER,
    "past_sum_squares": _NUMBER,
    "past_product_sum": _NUMBER,
    "past_denominator_sum": _NUMBER,
    "past_denominator_sum_squares": _NUMBER,
    "value_past_product_sum": _NUMBER,
    "denominator_past_product_sum": _NUMBER,
    "value_past_denominator_product_sum": _NUMBER,
    "denominator_past_value_product_sum": _NUMBER,
    "quantile": _NUMBER,
    "quantile_value": _NUMBER,
    "quantile_low": _NUMBER,
    "quantile_high": _NUMBER,
    "value": _NUMBER,
    "value_standard_error": _NUMBER,
    "value_unadjusted": _NUMBER,
    "value_unadjusted_standard_error": _NUMBER,
    "value_reason": _TEXT,
    **_of_test("difference"),
    **_of_test("lift"),
    **_of_test("always_valid"),
    "adjusted_p_value": _NUMBER,
    "adjusted_p_value_reason": _TEXT,
    "adjusted_always_valid_p_value": _NUMBER,
    "adjusted_always_valid_p_value_reason": _TEXT,
    "posterior_mean": _NUMBER,
    "posterior_standard_deviation": _NUMBER,
    "posterior_low": _NUMBER,
    "posterior_high": _NUMBER,
    "posterior_chance_to_beat_control": _NUMBER,
    "posterior_expected_loss": _NUMBER,
    "posterior_reason": _TEXT,
    "best_chance": _NUMBER,
    "best_expected_loss": _NUMBER,
    "best_reason": _TEXT,
}
"""The columns in their order, with their types in a Parquet file."""

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Row]) -> bytes:
    """A CSV file, in UTF-8; nothing is an empty cell.

    A text that a spreadsheet would take for a formula begins with an apostrophe: the values of properties
    are whatever an application has sent.
    """
    written = StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(cell) for name, cell in row.items()})
    return written.getvalue().encode()


def as_parquet(rows: Iterable[Row]) -> bytes:
    """A Parquet file; texts are as they are."""
    with TemporaryDirectory(prefix="fairsplit-export-") as folder:
        table, file = Path(folder) / "rows.ndjson", Path(folder) / "results.parquet"
        with table.open("w") as written:
            written.writelines(json.dumps(row) + "\n" for row in rows)
        # Names and types are of this module; the paths are of a folder of our own.
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
        read = f"read_json('{table}', format = 'newline_delimited', columns = {{{columns}}})"
        with import_module("duckdb").connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"COPY (SELECT * FROM {read}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        return file.read_bytes()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA) else cell
