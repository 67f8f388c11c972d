"""Conditions on an event's properties, and the number that a property's text is. The same in every engine.

A text is a number where it is written like one in JSON (leading zeros are forgiven): engines read
``nan``, `` 1``, ``1_000`` and ``+1`` each in its own way, so none of these is a number.
"""

import re
from typing import Any

import ibis

from server.warehouse.engine import Session
from server.warehouse.questions.terms import Operator, PropertyFilter

NUMBER = "^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$"
"""Without a backslash: every engine escapes it in its own way."""

LARGEST = 1e40
"""What is further from 0 counts as no number. The statistics refuse sums of squares above 1e100: no one event may
bring them there, nor all the events that there are."""

SIZES = {
    Operator.GREATER_THAN: lambda number, bound: number > bound,
    Operator.AT_LEAST: lambda number, bound: number >= bound,
    Operator.LESS_THAN: lambda number, bound: number < bound,
    Operator.AT_MOST: lambda number, bound: number <= bound,
}


def check_filter(condition: PropertyFilter) -> None:
    """See that the condition has the values that its operator takes.

    Raises:
        ValueError: it has others.
    """
    operator, values = condition.operator, condition.values
    if operator in SIZES:
        if len(values) != 1 or read_number(values[0]) is None:
            raise ValueError(f"{operator} takes one number, not {values}.")
    elif operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        if len(values) != 1:
            raise ValueError(f"{operator} takes one value, not {len(values)}.")
    elif operator in (Operator.IN, Operator.NOT_IN):
        if not values:
            raise ValueError(f"{operator} takes at least one value.")
    elif values:
        raise ValueError(f"{operator} takes no value.")


def read_number(text: str) -> float | None:
    """The number that a text is, if it is one."""
    if not re.fullmatch(NUMBER, text):
        return None
    number = float(text)
    return number if -LARGEST <= number <= LARGEST else None


def sound(number: Any) -> Any:
    """The number, or null where sums could not bear it (NaN and the infinities among them)."""
    return ibis.ifelse(number.between(-LARGEST, LARGEST), number, ibis.null("float64"))


def number_of(text: Any) -> Any:
    """`read_number` as an expression."""
    return sound(ibis.ifelse(text.re_search(NUMBER), text.try_cast("float64"), ibis.null("float64")))


def matches(session: Session, events: Any, condition: PropertyFilter) -> Any:
    """Whether a row's property fulfils the condition: true or false, never null."""
    text = session.property(events, condition.property)
    operator, values = condition.operator, condition.values
    if operator is Operator.IS_NOT_SET:
        return text.isnull()
    if operator is Operator.IS_SET:
        return text.notnull()
    if operator in SIZES:
        found = SIZES[operator](number_of(text), float(values[0]))
    else:
        listed = text.isin(values)
        found = ~listed if operator in (Operator.NOT_EQUALS, Operator.NOT_IN) else listed
    return ibis.coalesce(found, ibis.literal(False))
