"""Queries that are compiled once and run many times, with other values each time. Caches no row.

Django builds a query and its SQL anew for every call: for a look-up by key that takes several
times as long as the database does. Here this is done once, for PostgreSQL as well (see
``repeated``), and rows still become objects the way they always do. For what every write reads;
anything else does not need it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from server.database.repeated import Repeated

Row = TypeVar("Row")

STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda position: 9_100_000_000_000_000_000 + position,
    str: lambda position: f"stands for value {position}",
}
"""What a query is compiled with: values that a bigint, or a text, has room for, and that no row has."""

MOST_VARIANTS = 256


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What is the same for all values; ``positions`` says which parameters are values."""

    iterable: Any
    compiler: Any
    sql: Repeated
    converters: dict[int, Any]
    parameters: tuple[Any, ...]
    positions: tuple[int | None, ...]
    locks: bool


class PreparedQuery(Generic[Row]):
    """A query with room for values of these kinds (int or str), none of which may be null.

    ``build`` makes the queryset from what stands for the values, and from the variant: what
    else the SQL depends on, as the author. It takes no prefetches, and runs once a variant.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]], *kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._compiled = lru_cache(maxsize=MOST_VARIANTS)(self._compile)

    def __call__(self, *values: int | str, variant: Hashable = None) -> list[Row]:
        """The rows for these values.

        Raises:
            TypeError: these are not the values that the query takes.
            ValueError: the query cannot be prepared; that is said at its first call.
            TransactionManagementError: it locks rows, and there is no transaction to hold the locks.
        """
        self._check(values)
        known = self._compiled(variant)
        if known is None:
            return []
        connection = connections[DEFAULT_DB_ALIAS]
        if known.locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        parameters = tuple(
            parameter if position is None else values[position]
            for parameter, position in zip(known.parameters, known.positions, strict=True)
        )
        compiler: Any = object.__new__(type(known.compiler))  # threads share it, and each has its own connection
        compiler.__dict__ = known.compiler.__dict__ | {
            "connection": connection,
            "as_sql": lambda *_args, **_kwargs: (known.sql, parameters),
            "get_converters": lambda _expressions: known.converters,
        }
        query = SimpleNamespace(get_compiler=lambda *_args, **_kwargs: compiler)
        return list(known.iterable(SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})))

    def first(self, *values: int | str, variant: Hashable = None) -> Row | None:
        """The first of the rows; all are read, so it is for a query that finds one at most."""
        return next(iter(self(*values, variant=variant)), None)

    def _check(self, values: Sequence[int | str]) -> None:
        if len(values) != len(self._kinds):
            raise TypeError(f"the query takes {len(self._kinds)} values, and got {len(values)}")
        for value, kind in zip(values, self._kinds, strict=True):
            if not isinstance(value, kind):
                raise TypeError(f"the query takes a value of {kind.__name__} where it got {value!r}")

    def _compile(self, variant: Hashable) -> _Compiled | None:
        stand_ins = [STAND_INS[kind](position) for position, kind in enumerate(self._kinds)]
        queryset = self._build(*stand_ins) if variant is None else self._build(*stand_ins, variant)
        if queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise ValueError("a prepared query takes no prefetches")
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            if variant is None:  # as when a column is too small for what stands for its value
                raise ValueError("the query finds nothing, whatever the values") from None
            return None  # whoever has no grant sees no row: the database need not be asked
        positions = [stand_ins.index(each) if each in stand_ins else None for each in parameters]
        if {position for position in positions if position is not None} != set(range(len(stand_ins))):
            raise ValueError("every value has to be a parameter of the query, as it is")
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        compiler.connection = None  # this thread's: what outlives the thread must not keep it open
        return _Compiled(
            iterable=queryset._iterable_class,
            compiler=compiler,
            sql=Repeated(sql),
            converters=converters,
            parameters=tuple(parameters),
            positions=tuple(positions),
            locks=queryset.query.select_for_update,
        )
