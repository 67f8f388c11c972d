"""Writes rows with SQL that is made once a model. Checks nothing, and writes no related row.

Django makes the SQL of an INSERT or an UPDATE anew for every row, and takes longer for it than
PostgreSQL for the writing. Values become parameters by Django's own fields. For the writes on which
everybody waits; ``save()`` and ``bulk_create()`` write the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import Field, Model
from django.db.models.fields import NOT_PROVIDED

from server.database.repeated import Repeated


@dataclass(frozen=True, slots=True)
class _Insert:
    """What inserts rows of a model: one, or any number with a list of values for each column."""

    given: tuple["Field[Any, Any]", ...]
    returned: tuple[str, ...]
    one: Repeated
    several: Repeated


def insert(*rows: Model) -> None:
    """Insert rows of one model with one statement; they get their ids, and what the database adds.

    Whatever they refer to has its id by now.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    known = _insert_of(type(rows[0]))
    values = [[f.get_db_prep_save(getattr(row, f.attname), connection) for row in rows] for f in known.given]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(known.one, [value for (value,) in values])
        else:
            cursor.execute(known.several, values)
        written = cursor.fetchall()
    for row, columns in zip(rows, written, strict=True):
        for name, value in zip(known.returned, columns, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(row: Model, *columns: str) -> None:
    """Write these columns of a row that is there.

    Raises:
        DatabaseError: it is not.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    sql, fields = _update_of(type(row), columns)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"there is no {row._meta.object_name} {row.pk} to update")


def count_up(row: Model, column: str) -> None:
    """Raise a number by one where it stands, whatever it is by now; the row knows it afterwards.

    Raises:
        DatabaseError: the row is not there.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_count_up_of(type(row), column), [row.pk])
        found = cursor.fetchone()
    if found is None:
        raise DatabaseError(f"there is no {row._meta.object_name} {row.pk} to update")
    setattr(row, column, found[0])


@cache
def _insert_of(model: type[Model]) -> _Insert:
    fields = model._meta.concrete_fields
    made_by_database = [f for f in fields if f.primary_key or f.db_default is not NOT_PROVIDED]
    given = tuple(f for f in fields if f not in made_by_database)
    types = [f"(%s)::{f.db_type(connections[DEFAULT_DB_ALIAS])}[]" for f in given]
    into = f"INSERT INTO {_quoted(model._meta.db_table)} ({_names(given)})"
    returning = f"RETURNING {_names(made_by_database)}"
    return _Insert(
        given=given,
        returned=tuple(f.attname for f in made_by_database),
        one=Repeated(f"{into} VALUES ({', '.join(['%s'] * len(given))}) {returning}"),
        several=Repeated(f"{into} SELECT * FROM UNNEST({', '.join(types)}) {returning}"),
    )


@cache
def _update_of(model: type[Model], columns: tuple[str, ...]) -> "tuple[Repeated, tuple[Field[Any, Any], ...]]":
    fields = tuple(_field(model, column) for column in columns)
    changes = ", ".join(f"{_names([field])} = %s" for field in fields)
    return Repeated(f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {_key(model)} = %s"), fields


@cache
def _count_up_of(model: type[Model], column: str) -> Repeated:
    name = _names([_field(model, column)])
    table = _quoted(model._meta.db_table)
    return Repeated(f"UPDATE {table} SET {name} = {name} + 1 WHERE {_key(model)} = %s RETURNING {name}")


def _field(model: type[Model], column: str) -> "Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if field.name == column)


def _key(model: type[Model]) -> str:
    return _names([field for field in model._meta.concrete_fields if field.primary_key])


def _names(fields: "Sequence[Field[Any, Any]]") -> str:
    return ", ".join(_quoted(str(field.column)) for field in fields)


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)
