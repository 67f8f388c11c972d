"""Makes Python's own types and arrays of what an engine's client returns. Knows no engine.

Clients differ: a count may come as a Decimal, a truth value as 0 or 1. What the expression says counts.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np


def plain_rows(schema: Any, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows by the names of an expression's columns; nulls stay."""
    columns = [(name, _converter(kind)) for name, kind in schema.items()]
    return [
        {name: None if value is None else convert(value) for (name, convert), value in zip(columns, row, strict=True)}
        for row in rows
    ]


def plain_columns(schema: Any, blocks: Iterable[Sequence[Sequence[Any]]]) -> dict[str, np.ndarray[Any, Any]]:
    """One array a column, of blocks of columns: each block is made small before the next one comes."""
    parts: list[list[np.ndarray[Any, Any]]] = [[] for _ in schema]
    kinds = list(schema.values())
    for block in blocks:
        for kept, kind, values in zip(parts, kinds, block, strict=True):
            kept.append(_array(kind, values))
    return {
        name: np.concatenate(kept) if kept else _array(kind, ())
        for name, kind, kept in zip(schema, kinds, parts, strict=True)
    }


def _array(kind: Any, values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Of numbers float64 or int64; whole numbers with a null among them are floats, and the null is NaN."""
    if kind.is_integer() and None not in values:
        return np.asarray(values, dtype=np.int64)
    if kind.is_numeric():
        return np.asarray(values, dtype=np.float64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _converter(kind: Any) -> Callable[[Any], Any]:
    if kind.is_boolean():
        return bool
    if kind.is_integer():
        return int
    if kind.is_numeric():
        return float
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
