"""The API's own scalars: a percentage and a count as JSON numbers, and any JSON value."""

import math
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from server.evaluation.percentages import BasisPoints, as_percent
from server.schema.exact import plain, text_of

Percentage = BasisPoints
"""Inside, whole basis points; in the API, a JSON number of percent."""

if TYPE_CHECKING:
    Count = int
    FlagValue = Any
else:
    Count = NewType("Count", int)
    """A whole number that may be larger than GraphQL's own integers."""
    FlagValue = NewType("FlagValue", object)
    """Any JSON value."""

MAX_COUNT = 2**53 - 1

_REFUSED = "A percentage is a JSON number from 0 to 100 with at most two decimals."
_NO_COUNT = f"A count is a whole JSON number from 0 to {MAX_COUNT:,}."
_MAX_DIGITS = 40
_HUNDREDTH = Decimal("0.01")
_EXACTLY = Context(prec=_MAX_DIGITS, traps=[InvalidOperation, Inexact])
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_OUT_OF_RANGE = f"A moment is of a year from {_FIRST_YEAR} to {_LAST_YEAR}."
_NO_MOMENT = "A moment is a text in ISO 8601 with its offset from UTC, as 2026-01-31T12:00:00Z."


def _basis_points(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise GraphQLError(_REFUSED)
    try:
        share = Decimal(text).quantize(_HUNDREDTH, context=_EXACTLY)
    except (InvalidOperation, Inexact):
        raise GraphQLError(_REFUSED) from None
    if not share.is_finite() or not 0 <= share <= 100:
        raise GraphQLError(_REFUSED)
    return int(share * 100)


def parse_percentage(value: Any) -> int:
    """A JSON number of percent as basis points.

    Raises:
        GraphQLError: a boolean, a text, not finite, out of range, or a third decimal.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError(_REFUSED)
    if isinstance(value, float) and not math.isfinite(value):
        raise GraphQLError(_REFUSED)
    if isinstance(value, int) and not 0 <= value <= 100:
        raise GraphQLError(_REFUSED)
    return _basis_points(text_of(value))


def parse_percentage_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> int:
    """A number in a document as basis points, read as it is written."""
    if not isinstance(node, IntValueNode | FloatValueNode):
        raise GraphQLError(_REFUSED, node)
    return _basis_points(node.value)


def parse_count(value: Any) -> int:
    """A JSON number as a count.

    Raises:
        GraphQLError: a boolean, a text, not whole, below 0, or too large for a double to be exact.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_COUNT:
        raise GraphQLError(_NO_COUNT)
    if value != int(value):
        raise GraphQLError(_NO_COUNT)
    return int(value)


def _as_json_number(count: int) -> int | float:
    """The count; what no double can hold exactly, as the nearest one."""
    return count if count <= MAX_COUNT else float(count)


def parse_flag_value_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """A value that is written into the document, as JSON."""
    return value_from_ast_untyped(node, variables)


def _as_it_is(value: Any) -> Any:
    return value


def parse_flag_value(value: Any) -> Any:
    """A JSON value of a variable, with ordinary floats.

    Raises:
        GraphQLError: nested beyond all bounds.
    """
    try:
        return plain(value)
    except RecursionError:
        raise GraphQLError("This is nested too deeply.") from None


def parse_moment(value: Any) -> datetime:
    """A moment in ISO 8601, with its offset from UTC.

    Raises:
        GraphQLError: no such text, no offset, or a year that is not from 1970 to 9000.
    """
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(_NO_MOMENT) from None
    if moment.utcoffset() is None:
        raise GraphQLError(_NO_MOMENT)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise GraphQLError(_OUT_OF_RANGE)
    return moment


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment in ISO 8601 with its offset from UTC, as 2026-01-31T12:00:00Z, "
            f"of a year from {_FIRST_YEAR} to {_LAST_YEAR}."
        ),
        serialize=datetime.isoformat,
        parse_value=parse_moment,
    ),
    Percentage: strawberry.scalar(
        name="Percentage",
        description=(
            "A share in percent: a JSON number from 0 to 100 with at most two decimals, as 33.33. "
            "Booleans, texts and a third decimal are refused. Sums are exact."
        ),
        serialize=as_percent,
        parse_value=parse_percentage,
        parse_literal=parse_percentage_literal,
    ),
    Count: strawberry.scalar(
        name="Count",
        description=(
            "How many: a whole JSON number of at least 0, where 2^31 may not be enough. "
            "As an input at most 2^53 - 1; in an answer, what is larger is rounded."
        ),
        serialize=_as_json_number,
        parse_value=parse_count,
    ),
    FlagValue: strawberry.scalar(
        name="FlagValue",
        description=(
            'Any JSON value but null, as it is: true, 3, 2.5, "text", [1, 2] or {a: 1}; never JSON inside a text. '
            "It has to fit the feature's value type. A text has at most 20,000 characters, other JSON at most 64 KiB."
        ),
        serialize=_as_it_is,
        parse_value=parse_flag_value,
        parse_literal=parse_flag_value_literal,
    ),
}
