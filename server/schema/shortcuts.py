"""Which fields of the API can be answered straight from their row, and how. Executes nothing, catches nothing.

A field qualifies that takes no arguments, has no extension, and is read off its row without
an ``Info``: a ``RowField``, or the attribute of a Strawberry type. Its answer is a scalar or
an enum, an object of a known class, or a list of such objects. Lists of scalars, interfaces
and unions do not qualify.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry_django.utils.typing import get_django_definition

from server.schema.fields import RowField

Read = Callable[[Any], Any]

_KEPT_AS: Final = "fairsplit-shortcut"
_DEFINITION: Final = GraphQLCoreConverter.DEFINITION_BACKREF


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum: the value read, and written as the API writes it."""

    read: Read
    write: Callable[[Any], Any]
    nullable: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """An object, or a list of objects, of one class in Python and one type in the API."""

    read: Read
    kind: GraphQLObjectType
    rows: type
    declared: GraphQLOutputType
    item: GraphQLOutputType | None
    """The declared type of the list's items; None for a single object."""


Shortcut = Leaf | Branch


def shortcut_of(field: GraphQLField) -> Shortcut | None:
    """How the field is answered straight from its row; None where it is not. Found out once a field."""
    if _KEPT_AS not in field.extensions:
        field.extensions[_KEPT_AS] = _find(field)
    shortcut: Shortcut | None = field.extensions[_KEPT_AS]
    return shortcut


def _find(field: GraphQLField) -> Shortcut | None:
    read = _reader(field)
    if read is None:
        return None
    kind = _nullable(field.type)
    if is_leaf_type(kind):
        return Leaf(read, kind.coerce_output_value, nullable=kind is field.type)
    item = kind.of_type if isinstance(kind, GraphQLList) else None
    if item is not None:
        kind = _nullable(item)
    return Branch(read, kind, _rows_of(kind), field.type, item) if isinstance(kind, GraphQLObjectType) else None


def _reader(field: GraphQLField) -> Read | None:
    definition = field.extensions.get(_DEFINITION)
    if field.args or not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    if isinstance(definition, RowField):
        return definition.read
    return attrgetter(definition.python_name) if type(definition) is StrawberryField else None


def _rows_of(kind: GraphQLObjectType) -> type:
    """The class whose instances are the type's objects: what Strawberry's ``is_type_of`` takes first."""
    origin: type = kind.extensions[_DEFINITION].origin
    definition = get_django_definition(origin)
    return origin if definition is None else definition.model


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
