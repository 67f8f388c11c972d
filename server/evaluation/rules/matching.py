"""Turns rules into functions that say whether a unit belongs; reads no rules, and raises for no unit.

``docs/segments.md`` says what each operator means. A condition that cannot be decided
matches neither as it stands nor by its negative: that is why ``NOT_EQUAL`` asks for the type.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from server.evaluation.hashing import Domain, hasher
from server.evaluation.rules.language import (
    WHOLE,
    Condition,
    Modulo,
    Number,
    Operator,
    Rule,
    RuleType,
    Scalar,
    Value,
)
from server.evaluation.rules.semver import precedence_of
from server.evaluation.rules.traits import Traits, key_of, number_of, remainder_of

Matcher = Callable[[str | None, Traits], bool]
"""From a targeting key, or None, and the traits of a unit to whether it belongs."""

MAX_SUBJECT = 1_000
"""A longer text matches no regular expression: it bounds the work on a trait's value."""

_Compare = Callable[[Any, Any], bool]

_COMPARE: dict[Operator, _Compare] = {
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
    Operator.SEMVER_EQUAL: operator.eq,
    Operator.SEMVER_GREATER: operator.gt,
    Operator.SEMVER_GREATER_OR_EQUAL: operator.ge,
    Operator.SEMVER_LESS: operator.lt,
    Operator.SEMVER_LESS_OR_EQUAL: operator.le,
}

_TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def compile_rule(rule: Rule) -> Matcher:
    """A function that says whether a unit belongs.

    Raises:
        ValueError: a percentage split has no salt: it deals nobody.
    """
    parts = (*map(compile_condition, rule.conditions), *map(compile_rule, rule.rules))
    match rule.type:
        case RuleType.ALL:
            return _every(parts)
        case RuleType.ANY:
            return _some(parts)
        case RuleType.NONE:
            some = _some(parts)
            return lambda key, traits: not some(key, traits)


def compile_condition(condition: Condition) -> Matcher:
    """A function that says whether one condition matches."""
    trait, value = condition.trait, condition.value
    if condition.operator is Operator.PERCENTAGE_SPLIT:
        return _split(trait, value, condition.salt)
    if trait is None:
        raise ValueError(f"{condition.operator} has no trait to look at")
    match condition.operator:
        case Operator.IS_SET:
            return lambda _, traits: traits.get(trait) is not None
        case Operator.IS_NOT_SET:
            return lambda _, traits: traits.get(trait) is None
        case Operator.EQUAL:
            return _in(trait, (value,))
        case Operator.NOT_EQUAL:
            return _not_in(trait, (value,))
        case Operator.IN if isinstance(value, tuple):
            return _in(trait, value)
        case Operator.NOT_IN if isinstance(value, tuple):
            return _not_in(trait, value)
        case Operator.CONTAINS if isinstance(value, str):
            return lambda _, traits: isinstance(text := traits.get(trait), str) and value in text
        case Operator.NOT_CONTAINS if isinstance(value, str):
            return lambda _, traits: isinstance(text := traits.get(trait), str) and value not in text
        case Operator.MATCHES if isinstance(value, str):
            return _pattern(trait, value)
        case Operator.MODULO if isinstance(value, Modulo):
            return _modulo(trait, value)
        case name if name in _COMPARE and isinstance(value, str | int | float):
            compare = _semver if name.startswith("SEMVER") else _order
            return compare(trait, _COMPARE[name], value)
    raise ValueError(f"{condition.operator} takes no such value")


def _every(parts: tuple[Matcher, ...]) -> Matcher:
    if len(parts) == 1:
        return parts[0]

    def matches(key: str | None, traits: Traits) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would take twice the time
            if not part(key, traits):
                return False
        return True

    return matches


def _some(parts: tuple[Matcher, ...]) -> Matcher:
    if len(parts) == 1:
        return parts[0]

    def matches(key: str | None, traits: Traits) -> bool:
        for part in parts:  # noqa: SIM110
            if part(key, traits):
                return True
        return False

    return matches


def _in(trait: str, values: tuple[Value, ...]) -> Matcher:
    texts, numbers, booleans = _by_type(values)

    def matches(_: str | None, traits: Traits) -> bool:
        value = traits.get(trait)
        if isinstance(value, str):
            return value in texts
        if isinstance(value, bool):
            return value in booleans
        return number_of(value) in numbers

    return matches


def _not_in(trait: str, values: tuple[Value, ...]) -> Matcher:
    texts, numbers, booleans = _by_type(values)

    def matches(_: str | None, traits: Traits) -> bool:
        value = traits.get(trait)
        if isinstance(value, str):
            return bool(texts) and value not in texts
        if isinstance(value, bool):
            return bool(booleans) and value not in booleans
        number = number_of(value)
        return number is not None and bool(numbers) and number not in numbers

    return matches


def _by_type(values: tuple[Value, ...]) -> tuple[frozenset[str], frozenset[Number], frozenset[bool]]:
    """Apart, because for Python ``True`` is in a set with a 1."""
    return (
        frozenset(value for value in values if isinstance(value, str)),
        frozenset(number for value in values if (number := number_of(value)) is not None),
        frozenset(value for value in values if isinstance(value, bool)),
    )


def _order(trait: str, compare: _Compare, value: Scalar) -> Matcher:
    if isinstance(value, str):
        return lambda _, traits: isinstance(text := traits.get(trait), str) and compare(text, value)
    bound = number_of(value)
    if bound is None:
        raise ValueError("booleans have no order")
    return lambda _, traits: (number := number_of(traits.get(trait))) is not None and compare(number, bound)


def _semver(trait: str, compare: _Compare, value: Scalar) -> Matcher:
    bound = precedence_of(value)
    if bound is None:
        raise ValueError(f"{value!r} is no version")
    return lambda _, traits: (version := precedence_of(traits.get(trait))) is not None and compare(version, bound)


def _modulo(trait: str, value: Modulo) -> Matcher:
    divisor, remainder = value.divisor, value.remainder

    def matches(_: str | None, traits: Traits) -> bool:
        number = number_of(traits.get(trait))
        return number is not None and remainder_of(number, divisor) == remainder

    return matches


def _pattern(trait: str, pattern: str) -> Matcher:
    """The end of the text is its very end: for Python, ``$`` also stands before a last line end."""
    search = re.compile(_TOKEN.sub(lambda t: r"\Z" if t[0] == "$" else t[0], pattern), re.ASCII).search

    def matches(_: str | None, traits: Traits) -> bool:
        text = traits.get(trait)
        return isinstance(text, str) and len(text) <= MAX_SUBJECT and search(text) is not None

    return matches


def _split(trait: str | None, share: Value, salt: str | None) -> Matcher:
    if salt is None or not isinstance(share, int):
        raise ValueError("a percentage split needs a salt and a share")
    bucket = hasher(Domain.GATE, salt)
    if trait is not None:
        return lambda _, traits: (key := key_of(traits.get(trait))) is not None and bucket(key) < share
    if share == WHOLE:
        return lambda key, _: key is not None
    return lambda key, _: key is not None and bucket(key) < share
